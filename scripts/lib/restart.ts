const FIRST_DELAY_MS = 250
const MAX_DELAY_MS = 30_000
/** A runtime that lived this long is taken for healthy. */
const STABLE_AFTER_MS = 60_000

/** How often something died in a row, and how long to wait before it is started again. */
export interface Restarts {
  /** Milliseconds to wait after a death at `now` of what started at `startedAt`. */
  delayAfter(startedAt: number, now: number): number
}

export function newRestarts(): Restarts {
  let deaths = 0
  return {
    delayAfter(startedAt, now) {
      if (now - startedAt >= STABLE_AFTER_MS) deaths = 0
      deaths += 1
      return Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(deaths - 1, 20))
    },
  }
}
