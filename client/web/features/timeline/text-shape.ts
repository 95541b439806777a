/** What a text is like, as far as its layout is concerned. */

import type { StyleRange } from '#protocol/content/content.ts'

/** A longer text is shown in part until it is asked for. */
export const FOLD_UNITS = 1_400
export const FOLD_LINES = 18
/** Up to this many emoji without any text are shown large. */
export const LARGE_EMOJI = 3

/** What has no shape on the screen: controls, marks that join or direct, blanks, fillers. */
const SHAPELESS = /[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}\u2800]/gu

const EMOJI = /\p{RGI_Emoji}/gv

/** Whether anything of a text can be seen. */
export function isVisible(body: string): boolean {
  return body.replaceAll(SHAPELESS, '') !== ''
}

/** How many emoji a text consists of, up to {@link LARGE_EMOJI}; 0 for any other text. */
export function largeEmojiIn(body: string): number {
  // The longest of them, a family with skin tones, has some 20 code units.
  if (body.length > LARGE_EMOJI * 24) return 0
  const found = body.match(EMOJI)?.length ?? 0
  return found <= LARGE_EMOJI && body.replaceAll(EMOJI, '').trim() === '' ? found : 0
}

/** Where a long text is cut, or `undefined` when it is shown whole. A little more than fits is shown whole too. */
export function foldAt(body: string): number | undefined {
  let at = -1
  for (let line = 0; line < FOLD_LINES; line++) {
    at = body.indexOf('\n', at + 1)
    if (at === -1) break
  }
  const byLines = at === -1 ? body.length : at
  const byLength = body.length > FOLD_UNITS * 1.3 ? body.lastIndexOf(' ', FOLD_UNITS) + 1 || FOLD_UNITS : body.length
  // A text without blanks is cut where it must be; one whose only blanks are far before is, too.
  const fold = Math.min(byLines, byLength < FOLD_UNITS / 2 ? FOLD_UNITS : byLength)
  return fold < body.length ? fold : undefined
}

const RIGHT_TO_LEFT = /[\u0590-\u08FF\uFB1D-\uFDFF\uFE70-\uFEFC\u{10800}-\u{10FFF}\u{1E800}-\u{1EFFF}]/u

/** Whether something can stand at the end of a text's last line: its lines end on one side, and none is cut. */
export function hasPlainEnd(body: string): boolean {
  return isVisible(body) && largeEmojiIn(body) === 0 && foldAt(body) === undefined && !RIGHT_TO_LEFT.test(body)
}

/** A text with what its spoilers hide covered, letter for letter. */
export function withoutHidden({
  body,
  styles = [],
}: {
  readonly body: string
  readonly styles?: readonly StyleRange[]
}): string {
  const covered = styles.filter(({ style }) => style === 'spoiler')
  return covered.reduce(
    (text, { start, length }) =>
      text.slice(0, start) + '▒'.repeat(Math.min(length, text.length - start)) + text.slice(start + length),
    body,
  )
}
