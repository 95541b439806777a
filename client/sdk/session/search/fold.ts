/** Text as a search compares it: case, accents and compatibility forms make no difference. */

const MARKS = /\p{M}/gu

export function fold(text: string): string {
  return text.normalize('NFKD').replaceAll(MARKS, '').toLowerCase()
}

/** A range of a text, in UTF-16 code units. */
export interface TextRange {
  readonly start: number
  readonly length: number
}

/**
 * Where words stand in a text: what is to be shown as found. Ranges ascend and do not overlap.
 *
 * @param words folded
 */
export function rangesOf(text: string, words: readonly string[]): TextRange[] {
  // Folding changes lengths: of each folded code unit, where what it came from begins and ends.
  let folded = ''
  const from: number[] = []
  const to: number[] = []
  let at = 0
  for (const letter of text) {
    const piece = fold(letter)
    for (let unit = 0; unit < piece.length; unit += 1) {
      from.push(at)
      to.push(at + letter.length)
    }
    folded += piece
    at += letter.length
  }
  const found: { start: number; end: number }[] = []
  for (const word of words) {
    if (word === '') continue
    for (let index = folded.indexOf(word); index !== -1; index = folded.indexOf(word, index + word.length)) {
      found.push({ start: from[index] ?? 0, end: to[index + word.length - 1] ?? text.length })
    }
  }
  found.sort((a, b) => a.start - b.start || a.end - b.end)
  const merged: { start: number; end: number }[] = []
  for (const range of found) {
    const last = merged.at(-1)
    if (last !== undefined && range.start <= last.end) last.end = Math.max(last.end, range.end)
    else merged.push({ ...range })
  }
  return merged.map(({ start, end }) => ({ start, length: end - start }))
}
