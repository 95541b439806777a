/** One line: more of it would not fit, and overrides would turn the rest of the row around. */
export function oneLine(text: string): string {
  return text
    .slice(0, 160)
    .toWellFormed()
    .replaceAll(/[\u202A-\u202E\u2066-\u2069]/g, '')
    .replaceAll(/\s+/g, ' ')
    .trim()
}
