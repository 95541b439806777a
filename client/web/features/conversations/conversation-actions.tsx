import { useLingui } from '@lingui/react/macro'
import { useNavigate } from '@tanstack/react-router'
import { Archive, ArchiveRestore, Bell, BellOff, MailCheck, Pin, PinOff, UserRound, Users } from 'lucide-react'
import type { ConversationRow } from '../../engine/api.ts'
import { type MenuEntry, toast } from '../../kit/index.ts'
import { useApi } from '../../state/index.ts'
import { isMuted } from './muted.ts'

const HOUR = 3_600_000

/** What can be done with a conversation, for the list's menu and the conversation's own. */
export function useConversationActions(): (row: ConversationRow) => readonly MenuEntry[] {
  const { t } = useLingui()
  const api = useApi()
  const navigate = useNavigate()
  const run = (command: Promise<void>) => {
    command.catch(() => toast(t`That did not work. Please try again.`, { tone: 'danger' }))
  }
  const archive = (row: ConversationRow) => {
    run(api.setArchived(row.id, !row.archived))
    if (row.archived) return
    toast(t`Conversation archived`, {
      id: `archived-${row.id}`,
      action: { label: t`Undo`, onClick: () => run(api.setArchived(row.id, false)) },
    })
  }
  return (row) => [
    ...(row.unread > 0
      ? [{ label: t`Mark as read`, icon: <MailCheck />, onSelect: () => run(api.markRead(row.id)) }]
      : []),
    {
      label: row.pinned ? t`Unpin` : t`Pin to the top`,
      icon: row.pinned ? <PinOff /> : <Pin />,
      onSelect: () => run(api.setPinned(row.id, !row.pinned)),
    },
    {
      label: row.archived ? t`Move out of the archive` : t`Archive`,
      icon: row.archived ? <ArchiveRestore /> : <Archive />,
      onSelect: () => archive(row),
    },
    'separator',
    ...(isMuted(row)
      ? [{ label: t`Unmute`, icon: <Bell />, onSelect: () => run(api.setMuted(row.id, undefined)) }]
      : [
          {
            label: t`Mute for an hour`,
            icon: <BellOff />,
            onSelect: () => run(api.setMuted(row.id, Date.now() + HOUR)),
          },
          {
            label: t`Mute for a week`,
            icon: <BellOff />,
            onSelect: () => run(api.setMuted(row.id, Date.now() + 168 * HOUR)),
          },
          { label: t`Mute until I unmute`, icon: <BellOff />, onSelect: () => run(api.setMuted(row.id, null)) },
        ]),
    'separator',
    row.group === undefined
      ? {
          label: t`Contact details`,
          icon: <UserRound />,
          onSelect: () => void navigate({ to: '/c/$id/contact', params: { id: row.id } }),
        }
      : {
          label: t`Group details`,
          icon: <Users />,
          onSelect: () => void navigate({ to: '/c/$id/group', params: { id: row.id } }),
        },
  ]
}
