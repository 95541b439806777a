/** Time by the week: what is kept so tells little of anybody. */

/** Milliseconds. */
export const WEEK = 7 * 24 * 60 * 60_000

/** Weeks since the epoch. */
export const weekOf = (now: number): number => Math.floor(now / WEEK)
