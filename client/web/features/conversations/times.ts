/** Times as people read them, in the language of the interface. */

const formats = new Map<string, Intl.DateTimeFormat>()

function format(locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${locale}|${JSON.stringify(options)}`
  let found = formats.get(key)
  if (found === undefined) formats.set(key, (found = new Intl.DateTimeFormat(locale, options)))
  return found
}

const DAY = 86_400_000

/** How many local days `at` lies before `now`. */
function daysBefore(at: number, now: number): number {
  return Math.round((new Date(now).setHours(0, 0, 0, 0) - new Date(at).setHours(0, 0, 0, 0)) / DAY)
}

export const clockTime = (locale: string, at: number): string =>
  format(locale, { hour: 'numeric', minute: '2-digit' }).format(at)

export const fullTime = (locale: string, at: number): string =>
  format(locale, { dateStyle: 'full', timeStyle: 'short' }).format(at)

/** Day and time, short. */
export const dateTime = (locale: string, at: number): string =>
  format(locale, { dateStyle: 'medium', timeStyle: 'short' }).format(at)

/** A day that may be long ago. */
export const dayOf = (locale: string, at: number): string => format(locale, { dateStyle: 'long' }).format(at)

/** For a row of a list: the time today, the day of the last week, else the date. */
export function shortTime(locale: string, at: number, now: number): string {
  const days = daysBefore(at, now)
  if (days <= 0) return clockTime(locale, at)
  if (days < 7) return format(locale, { weekday: 'short' }).format(at)
  const sameYear = new Date(at).getFullYear() === new Date(now).getFullYear()
  return format(locale, { day: 'numeric', month: 'short', ...(sameYear ? {} : { year: 'numeric' }) }).format(at)
}

/** For the line between two days: today and yesterday in words. */
export function dayName(locale: string, at: number, now: number): string {
  const days = daysBefore(at, now)
  if (days === 0 || days === 1) {
    const text = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }).format(-days, 'day')
    return text.charAt(0).toLocaleUpperCase(locale) + text.slice(1)
  }
  const sameYear = new Date(at).getFullYear() === new Date(now).getFullYear()
  return format(locale, {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    ...(sameYear ? {} : { year: 'numeric' }),
  }).format(at)
}
