const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

/** The first letters (graphemes) of the first and the last word; `?` where there is no letter. At most 16 code units. */
export function initials(name: string): string {
  const words = name
    .slice(0, 200)
    .split(/[\s._-]+/u)
    .map((word) => word.replace(/^[^\p{L}\p{N}\p{Extended_Pictographic}]+/u, ''))
    .filter((word) => word !== '')
  const first = words[0]
  if (first === undefined) return '?'
  const last = words.length > 1 ? words.at(-1) : undefined
  return (letter(first) + (last === undefined ? '' : letter(last))).toLocaleUpperCase()
}

/** A grapheme may carry hundreds of combining marks: what is longer than an emoji sequence is cut to its first character. */
function letter(word: string): string {
  for (const { segment } of graphemes.segment(word))
    return segment.length <= 8 ? segment : (segment.match(/./su)?.[0] ?? '')
  return ''
}
