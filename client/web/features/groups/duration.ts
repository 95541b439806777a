const MINUTE = 60
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const UNITS = [
  ['week', 7 * DAY],
  ['day', DAY],
  ['hour', HOUR],
  ['minute', MINUTE],
] as const

const inUnit = (locale: string, unit: string, count: number): string =>
  new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'long' }).format(count)

/** Whole seconds in words, in the largest unit that divides them: “30 seconds”, “5 minutes”, “1 hour”, “4 weeks”. */
export function durationText(locale: string, seconds: number): string {
  const [unit, size] = UNITS.find(([, length]) => seconds > 0 && seconds % length === 0) ?? ['second', 1]
  return inUnit(locale, unit, seconds / size)
}

/** About how much time is left, rounded up, in minutes or a larger unit that there are two of. In milliseconds. */
export function leftText(locale: string, ms: number): string {
  const seconds = Math.max(MINUTE, Math.ceil(ms / 1_000))
  const [unit, size] = UNITS.find(([, length]) => seconds >= 2 * length) ?? ['minute', MINUTE]
  return inUnit(locale, unit, Math.ceil(seconds / size))
}

/** Time that is left, as on a clock: “0:23”, “12:05”, “1:00:00”. Milliseconds, rounded up. */
export function clockText(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1_000))
  const parts = [Math.floor(seconds / HOUR), Math.floor((seconds % HOUR) / MINUTE), seconds % MINUTE]
  const shown = parts[0] === 0 ? parts.slice(1) : parts
  return shown.map((part, index) => (index === 0 ? `${part}` : `${part}`.padStart(2, '0'))).join(':')
}
