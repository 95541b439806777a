import type { SearchHitView } from '../../engine/api.ts'

/** Letters before the first word that was found, and in all. */
const BEFORE = 40
const SHOWN = 180

interface FoundTextProps extends Pick<SearchHitView, 'body' | 'ranges'> {
  readonly styles?: SearchHitView['styles'] | undefined
}

/** The place in a text where the words stand, with the words marked. Hidden text stays hidden. */
export function FoundText({ body, styles = [], ranges }: FoundTextProps) {
  const covered = styles
    .filter(({ style }) => style === 'spoiler')
    .reduce((text, { start, length }) => text.slice(0, start) + '▒'.repeat(length) + text.slice(start + length), body)
  const first = ranges[0]?.start ?? 0
  let begin = Math.max(0, first - BEFORE)
  if (/[\uDC00-\uDFFF]/.test(covered.charAt(begin))) begin += 1
  let end = Math.min(covered.length, begin + SHOWN)
  if (/[\uDC00-\uDFFF]/.test(covered.charAt(end))) end -= 1
  const pieces: { readonly start: number; readonly text: string; readonly isFound: boolean }[] = []
  let at = begin
  for (const { start, length } of ranges) {
    const to = Math.min(end, start + length)
    if (start >= end || to <= at) continue
    if (start > at) pieces.push({ start: at, text: covered.slice(at, start), isFound: false })
    pieces.push({ start: Math.max(at, start), text: covered.slice(Math.max(at, start), to), isFound: true })
    at = to
  }
  if (at < end) pieces.push({ start: at, text: covered.slice(at, end), isFound: false })
  return (
    <bdi>
      {begin > 0 ? '…' : null}
      {pieces.map(({ start, text, isFound }) =>
        isFound ? (
          <mark key={start} className="rounded-[0.2rem] bg-accent text-on-accent">
            {text.replaceAll(/\s+/g, ' ')}
          </mark>
        ) : (
          <span key={start}>{text.replaceAll(/\s+/g, ' ')}</span>
        ),
      )}
      {end < covered.length ? '…' : null}
    </bdi>
  )
}
