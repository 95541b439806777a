import { Trans, useLingui } from '@lingui/react/macro'
import { Pin } from 'lucide-react'
import { useEffect, useState } from 'react'
import type { ConversationRow } from '../../engine/api.ts'
import { useApi } from '../../state/index.ts'
import { ContentLine } from '../timeline/content-line.tsx'
import type { MessageItem } from '../timeline/rows.ts'

interface PinnedBarProps {
  readonly id: string
  readonly row: ConversationRow
  readonly onJump: (order: number) => void
}

/** The pinned messages of a conversation, one at a time: the newest first, and with each press the one before. */
export function PinnedBar({ id, row, onJump }: PinnedBarProps) {
  const { t } = useLingui()
  const api = useApi()
  const [items, setItems] = useState<readonly MessageItem[]>([])
  const [back, setBack] = useState(0)
  const orders = row.pinnedMessages?.join() ?? ''
  useEffect(() => {
    let isCurrent = true
    const read = async () => {
      const found = await api.pinnedMessages(id)
      if (isCurrent) setItems(found.filter((item) => item.kind === 'message'))
    }
    setBack(0)
    // Asked again when they change; until then none is shown.
    read().catch(() => undefined)
    return () => {
      isCurrent = false
    }
  }, [api, id, orders])
  const shown = items.at(-1 - (back % Math.max(1, items.length)))
  if (orders === '' || shown === undefined) return null
  const place = items.length - items.indexOf(shown)
  const count = items.length
  return (
    <div className="shrink-0 border-b border-line bg-surface px-2 py-1">
      <button
        type="button"
        onClick={() => {
          onJump(shown.order)
          setBack(back + 1)
        }}
        aria-label={t`Pinned message ${place} of ${count}. Show it.`}
        className="flex w-full min-w-0 items-center gap-2.5 rounded-control px-2 py-1 text-start hover:bg-hover"
      >
        <Pin aria-hidden className="size-4.5 shrink-0 text-accent" />
        <span className="min-w-0 flex-1">
          <span className="block text-meta font-semibold text-accent">
            {count === 1 ? (
              <Trans>Pinned message</Trans>
            ) : (
              <Trans>
                Pinned message {place} of {count}
              </Trans>
            )}
          </span>
          <ContentLine content={shown.content} className="text-meta" />
        </span>
      </button>
    </div>
  )
}
