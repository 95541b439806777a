/** One emoji of each version that fonts may not have yet, newest first. */
const NEWEST = [
  [17, '\u{1FAEA}'],
  [16, '\u{1FAE9}'],
  [15.1, '\u{1F426}\u200D\u{1F525}'],
  [15, '\u{1FAE8}'],
  [14, '\u{1FAE0}'],
] as const

/** Whether the fonts here draw `emoji` as one picture in colour. */
function draws(context: OffscreenCanvasRenderingContext2D, emoji: string): boolean {
  const { width, height } = context.canvas
  context.clearRect(0, 0, width, height)
  context.fillText(emoji, 0, 0)
  const single = context.measureText(emoji).width < context.measureText('\u{1F600}').width * 1.5
  const { data } = context.getImageData(0, 0, width, height)
  for (let at = 0; at < data.length; at += 4) {
    // What is drawn with the fill colour is a placeholder's outline; a picture has colours of its own.
    if ((data[at + 3] ?? 0) > 0 && (data[at] !== data[at + 1] || data[at + 1] !== data[at + 2])) return single
  }
  return false
}

/** The newest version of Unicode's emoji that the fonts here draw. */
export function newestVersion(): number {
  const context = new OffscreenCanvas(24, 24).getContext('2d', { willReadFrequently: true })
  if (context === null) return 15
  context.textBaseline = 'top'
  context.font = '20px sans-serif'
  return NEWEST.find(([, emoji]) => draws(context, emoji))?.[0] ?? 13.1
}
