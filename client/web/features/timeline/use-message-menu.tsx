import { useLingui } from '@lingui/react/macro'
import {
  CheckCheck,
  Copy,
  Forward,
  History,
  Pencil,
  Pin,
  PinOff,
  Reply,
  RotateCw,
  SmilePlus,
  Trash2,
  Users,
} from 'lucide-react'
import type { ConversationRow } from '../../engine/api.ts'
import { type MenuEntry, toast } from '../../kit/index.ts'
import { useApi } from '../../state/index.ts'
import { mayEdit, mayMark, mayPin } from '../marks/may.ts'
import type { Overlay } from '../marks/overlay.ts'
import { useMarks } from '../marks/use-marks.ts'
import type { MessageItem } from './rows.ts'

/** Those that are one press away. */
const QUICK = ['👍', '❤️', '😂', '😮', '😢', '🙏']

export interface MessageActions {
  readonly onReply: (item: MessageItem) => void
  readonly onEdit: (item: MessageItem) => void
  readonly onOverlay: (overlay: Overlay) => void
  /** In a group: shows who has read an own one. */
  readonly onReaders?: ((item: MessageItem) => void) | undefined
}

/** What can be done with one message. */
export function useMessageMenu(
  conversation: string,
  row: ConversationRow | undefined,
  { onReply, onEdit, onOverlay, onReaders }: MessageActions,
): (item: MessageItem) => readonly MenuEntry[] {
  const { t } = useLingui()
  const api = useApi()
  const { react, pin } = useMarks(conversation)
  const copy = (text: string) => {
    navigator.clipboard.writeText(text).then(
      () => toast(t`Text copied`, { tone: 'success' }),
      () => toast(t`The browser did not allow copying.`, { tone: 'danger' }),
    )
  }
  const retry = (id: string) => {
    api.retryMessage(id).catch(() => toast(t`That did not work. Please try again.`, { tone: 'danger' }))
  }
  return (item) => {
    const { id, content, state, outgoing, reactions = [], edited, pinned = false } = item
    const sent = outgoing && state !== 'queued' && state !== 'blocked' && state !== 'failed'
    const own = reactions.find(({ isOwn }) => isOwn)?.emoji
    const words = content.kind === 'text' || content.kind === 'media' ? (content.body ?? '') : ''
    const isMarkable = mayMark(item, row)
    const entries: (MenuEntry | false)[] = [
      isMarkable && {
        signs: QUICK.map((sign) => ({
          sign,
          label: t`React with ${sign}`,
          checked: sign === own,
          onSelect: () => react(item, sign === own ? undefined : sign),
        })),
      },
      isMarkable && {
        label: t`Other emoji…`,
        icon: <SmilePlus />,
        onSelect: () => onOverlay({ kind: 'emoji', item }),
      },
      reactions.length > 0 && {
        label: t`Who reacted…`,
        icon: <Users />,
        onSelect: () => onOverlay({ kind: 'reactions', item }),
      },
      isMarkable && 'separator',
      isMarkable && { label: t`Reply`, icon: <Reply className="rtl:-scale-x-100" />, onSelect: () => onReply(item) },
      mayEdit(item, row) && {
        label: words === '' ? t`Add words` : t`Edit`,
        icon: <Pencil />,
        onSelect: () => onEdit(item),
      },
      words !== ''
        ? { label: t`Copy text`, icon: <Copy />, onSelect: () => copy(words) }
        : { label: t`Nothing to copy`, icon: <Copy />, disabled: true, onSelect: () => undefined },
      (content.kind === 'text' || content.kind === 'media') && {
        label: t`Forward…`,
        icon: <Forward className="rtl:-scale-x-100" />,
        onSelect: () => onOverlay({ kind: 'forward', item }),
      },
      mayPin(item, row) && {
        label: pinned ? t`Unpin` : t`Pin`,
        icon: pinned ? <PinOff /> : <Pin />,
        onSelect: () => pin(item, !pinned),
      },
      edited !== undefined && {
        label: t`Edit history…`,
        icon: <History />,
        onSelect: () => onOverlay({ kind: 'versions', item }),
      },
      onReaders !== undefined && sent && { label: t`Read by…`, icon: <CheckCheck />, onSelect: () => onReaders(item) },
      state === 'failed' &&
        content.kind !== 'deleted' && { label: t`Try again`, icon: <RotateCw />, onSelect: () => retry(id) },
      'separator',
      {
        label: t`Delete…`,
        icon: <Trash2 />,
        danger: true,
        onSelect: () => onOverlay({ kind: 'delete', item }),
      },
    ]
    return entries.filter((entry) => entry !== false)
  }
}
