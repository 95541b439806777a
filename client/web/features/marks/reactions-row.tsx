import { Plural, useLingui } from '@lingui/react/macro'
import type { ReactionView } from '../../engine/api.ts'
import { cx } from '../../kit/index.ts'

interface ReactionsRowProps {
  readonly reactions: readonly ReactionView[]
  readonly tabIndex: number
  /** Absent where nothing can be sent. */
  readonly onToggle?: ((emoji: string, isOwn: boolean) => void) | undefined
}

/** Emoji that people chose for a message, each with how many did. One that was chosen is given back by another press. */
export function ReactionsRow({ reactions, tabIndex, onToggle }: ReactionsRowProps) {
  const { t } = useLingui()
  return (
    <ul aria-label={t`Reactions`} className="mt-0.5 flex flex-wrap gap-1">
      {reactions.map(({ emoji, count, isOwn }) => (
        <li key={emoji}>
          <button
            type="button"
            tabIndex={tabIndex}
            disabled={onToggle === undefined}
            aria-pressed={isOwn}
            onClick={() => onToggle?.(emoji, isOwn)}
            className={cx(
              'inline-flex h-7 items-center gap-1 rounded-full border px-2 text-meta',
              isOwn ? 'border-accent bg-selected' : 'border-line bg-surface hover:bg-hover',
            )}
          >
            <span className="text-[1rem] leading-none">{emoji}</span>
            <span aria-hidden className="tabular-nums">
              {count}
            </span>
            <span className="sr-only">
              <Plural value={count} one="# person" other="# people" />
            </span>
          </button>
        </li>
      ))}
    </ul>
  )
}
