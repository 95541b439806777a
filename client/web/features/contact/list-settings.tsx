import { Trans, useLingui } from '@lingui/react/macro'
import { Bell, BellOff } from 'lucide-react'
import { failureCode } from '../../app/failure.ts'
import type { ConversationRow } from '../../engine/api.ts'
import { Button, DropdownMenu, Switch, toast } from '../../kit/index.ts'
import { useApi } from '../../state/index.ts'
import { isMuted } from '../conversations/muted.ts'
import { useFailureText } from '../settings/failure.ts'
import { type MuteFor, mutedUntil } from './mute.ts'

/** How a conversation, of a person or a group, behaves in the list. */
export function ListSettings({ row }: { readonly row: ConversationRow }) {
  const { t, i18n } = useLingui()
  const api = useApi()
  const failureText = useFailureText()
  const attempt = (command: Promise<unknown>) => {
    command.catch((error: unknown) => toast(failureText(failureCode(error)), { tone: 'danger' }))
  }
  const muted = isMuted(row)
  const mute = (choice: MuteFor) => attempt(api.setMuted(row.id, mutedUntil(choice, Date.now())))
  return (
    <>
      <div className="flex items-start justify-between gap-4">
        <div className="min-w-0">
          <p className="font-medium">
            <Trans>Notifications</Trans>
          </p>
          <p className="text-meta text-muted">
            {!muted ? (
              <Trans>On</Trans>
            ) : typeof row.mutedUntil === 'number' ? (
              <Trans>Off until {i18n.date(row.mutedUntil, { dateStyle: 'medium', timeStyle: 'short' })}</Trans>
            ) : (
              <Trans>Off</Trans>
            )}
          </p>
        </div>
        {muted ? (
          <Button
            variant="secondary"
            size="small"
            icon={<Bell aria-hidden className="size-4" />}
            onClick={() => attempt(api.setMuted(row.id, undefined))}
          >
            <Trans>Turn on</Trans>
          </Button>
        ) : (
          <DropdownMenu
            entries={[
              { label: t`For 1 hour`, onSelect: () => mute('hour') },
              { label: t`For 8 hours`, onSelect: () => mute('eightHours') },
              { label: t`For 1 week`, onSelect: () => mute('week') },
              { label: t`Until I turn them on`, onSelect: () => mute('always') },
            ]}
          >
            <Button variant="secondary" size="small" icon={<BellOff aria-hidden className="size-4" />}>
              <Trans>Mute</Trans>
            </Button>
          </DropdownMenu>
        )}
      </div>
      <Switch
        label={t`Archived`}
        hint={t`Kept out of the list. Search still finds it.`}
        checked={row.archived}
        onCheckedChange={(archived) => attempt(api.setArchived(row.id, archived))}
      />
    </>
  )
}
