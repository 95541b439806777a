import { useLingui } from '@lingui/react/macro'
import { Copy, RotateCw } from 'lucide-react'
import { type MenuEntry, toast } from '../../kit/index.ts'
import { useApi } from '../../state/index.ts'
import type { MessageItem } from './rows.ts'

/** What can be done with one message. */
export function useMessageMenu(): (item: MessageItem) => readonly MenuEntry[] {
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
  return ({ id, content, state }) => [
    ...(content.kind === 'text'
      ? [{ label: t`Copy text`, icon: <Copy />, onSelect: () => copy(content.body) }]
      : [{ label: t`Nothing to copy`, icon: <Copy />, disabled: true, onSelect: () => undefined }]),
    ...(state === 'failed' ? [{ label: t`Try again`, icon: <RotateCw />, onSelect: () => retry(id) }] : []),
  ]
}
