import { memo } from 'react'
import { cx } from '../../kit/index.ts'
import type { Mention, StyleRange } from '#protocol/content/content.ts'
import type { Style } from './style-ranges.ts'

/**
 * How styles look while they are written. Nothing here may change how wide a letter is: the caret and the selection are
 * the text field's, which lies on top with the same letters, unstyled.
 */
const LOOKS: { readonly [style in Style]: string } = {
  bold: '[-webkit-text-stroke:0.045em_currentColor]',
  italic: 'italic',
  strikethrough: 'line-through',
  monospace: 'rounded-[0.25rem] bg-text/10 text-accent',
  spoiler: 'rounded-[0.25rem] bg-text/20 underline decoration-dotted underline-offset-4',
}

const MENTION = 'rounded-[0.25rem] bg-accent/15 text-accent'

interface StyledMirrorProps {
  readonly text: string
  readonly styles: readonly StyleRange[]
  readonly mentions: readonly Mention[]
  readonly className: string
}

/** What is written, with its styles; also gives the field its height. Hidden from screen readers, which have the field. */
export const StyledMirror = memo(function StyledMirror({ text, styles, mentions, className }: StyledMirrorProps) {
  const cuts = new Set([0, text.length])
  for (const { start, length } of [...styles, ...mentions]) cuts.add(start).add(start + length)
  const places = [...cuts].sort((a, b) => a - b)
  return (
    <div
      aria-hidden
      dir="auto"
      className={cx('pointer-events-none [unicode-bidi:plaintext] forced-colors:invisible', className)}
    >
      {places.slice(0, -1).map((from, index) => {
        const to = places[index + 1] ?? text.length
        const covers = ({ start, length }: { start: number; length: number }) => start <= from && to <= start + length
        const looks = styles.filter(covers).map(({ style }) => LOOKS[style])
        if (mentions.some(covers)) looks.push(MENTION)
        const piece = text.slice(from, to)
        return looks.length === 0 ? (
          piece
        ) : (
          <span key={from} className={cx(...looks)}>
            {piece}
          </span>
        )
      })}
      {/* A last empty line has no height of its own. */}
      {'\u200B'}
    </div>
  )
})
