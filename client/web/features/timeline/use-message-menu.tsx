import { useLingui } from '@lingui/react/macro'
import { CheckCheck, Copy, RotateCw } from 'lucide-react'
import { type MenuEntry, toast } from '../../kit/index.ts'
import { useApi } from '../../state/index.ts'
import type { MessageItem } from './rows.ts'

/**
 * What can be done with one message.
 *
 * @param onReaders in a group: shows who has read an own one
 */
export function useMessageMenu(onReaders?: (item: MessageItem) => void): (item: MessageItem) => readonly MenuEntry[] {
  const { t } = useLingui()
  const api = useApi()
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
    const { id, content, state, outgoing } = item
    const sent = outgoing && state !== 'queued' && state !== 'blocked' && state !== 'failed'
    return [
      ...(content.kind === 'text'
        ? [{ label: t`Copy text`, icon: <Copy />, onSelect: () => copy(content.body) }]
        : [{ label: t`Nothing to copy`, icon: <Copy />, disabled: true, onSelect: () => undefined }]),
      ...(onReaders !== undefined && sent
        ? [{ label: t`Read by…`, icon: <CheckCheck />, onSelect: () => onReaders(item) }]
        : []),
      ...(state === 'failed' ? [{ label: t`Try again`, icon: <RotateCw />, onSelect: () => retry(id) }] : []),
    ]
  }
}
