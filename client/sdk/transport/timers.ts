/** Time as the engine sees it; tests bring their own. */
export interface Timers {
  /** Milliseconds since 1970. */
  now(): number
  set(callback: () => void, delayMs: number): unknown
  clear(handle: unknown): void
}

export const platformTimers: Timers = {
  now: () => Date.now(),
  set: (callback, delayMs) => setTimeout(callback, delayMs),
  clear: (handle) => clearTimeout(handle as number),
}
