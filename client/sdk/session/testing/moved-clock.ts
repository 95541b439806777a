import type { Timers } from '../../transport/timers.ts'

interface Waiting {
  readonly at: number
  readonly run: () => void
}

/** The platform's timers under a clock that can be moved. What falls due by a move forward runs at once. */
export class MovedClock implements Timers {
  #offset = 0
  readonly #waiting = new Map<unknown, Waiting>()

  now(): number {
    return Date.now() + this.#offset
  }

  set(callback: () => void, delayMs: number): unknown {
    const handle = setTimeout(() => this.#waiting.get(handle)?.run(), delayMs)
    const run = () => {
      this.clear(handle)
      callback()
    }
    this.#waiting.set(handle, { at: this.now() + delayMs, run })
    return handle
  }

  clear(handle: unknown): void {
    clearTimeout(handle as number)
    this.#waiting.delete(handle)
  }

  /** How far off what is waited for lies: milliseconds, ascending. */
  waits(): number[] {
    return [...this.#waiting.values()].map(({ at }) => at - this.now()).sort((a, b) => a - b)
  }

  /** Time passes. */
  advance(ms: number): void {
    this.#offset += ms
    const due = [...this.#waiting.values()].filter(({ at }) => at <= this.now())
    for (const { run } of due.sort((a, b) => a.at - b.at)) run()
  }

  /** Somebody puts the clock right, or wrong: what is waited for is waited for as long as before. */
  put(ms: number): void {
    this.#offset += ms
  }
}
