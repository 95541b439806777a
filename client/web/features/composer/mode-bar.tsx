import { Trans, useLingui } from '@lingui/react/macro'
import { Pencil, Reply, X } from 'lucide-react'
import { IconButton } from '../../kit/index.ts'
import { ContentLine } from '../timeline/content-line.tsx'
import type { WritingMode } from './writing-mode.ts'

interface ModeBarProps {
  readonly mode: WritingMode
  /** Who wrote the message. */
  readonly author: string
  readonly onCancel: () => void
}

/** Above the text field: which message is answered, or edited. */
export function ModeBar({ mode: { mode, item }, author, onCancel }: ModeBarProps) {
  const { t } = useLingui()
  const isReply = mode === 'reply'
  const Icon = isReply ? Reply : Pencil
  return (
    <div
      role="group"
      aria-label={isReply ? t`Answer to ${author}` : t`Edit message`}
      className="flex items-center gap-2.5 pb-1 ps-3"
    >
      <Icon aria-hidden className="size-4.5 shrink-0 text-accent rtl:-scale-x-100" />
      <span className="min-w-0 flex-1 border-s-3 border-accent ps-2.5 text-meta">
        <span className="block truncate font-semibold text-accent">
          {isReply ? (
            <Trans>
              Answer to <bdi>{author}</bdi>
            </Trans>
          ) : (
            <Trans>Edit message</Trans>
          )}
        </span>
        <ContentLine content={item.content} className="text-muted" />
      </span>
      <IconButton label={isReply ? t`Do not answer` : t`Do not edit`} onClick={onCancel}>
        <X />
      </IconButton>
    </div>
  )
}
