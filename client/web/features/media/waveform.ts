/** Loudnesses (0 to 1) as at most `bars` octets: the loudest of each stretch, relative to the loudest of all. */
export function waveformOf(levels: readonly number[], bars: number): Uint8Array {
  const count = Math.max(1, Math.min(bars, levels.length))
  const loudest = Math.max(0.01, ...levels)
  return Uint8Array.from({ length: count }, (_, bar) => {
    const from = Math.floor((bar * levels.length) / count)
    const to = Math.max(from + 1, Math.floor(((bar + 1) * levels.length) / count))
    return Math.round((Math.max(0, ...levels.slice(from, to)) / loudest) * 255)
  })
}
