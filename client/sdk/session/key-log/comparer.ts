/** Compares what others have told of the log with what this device is shown of it: some minutes after it was heard, many at once. */

import { type Core, isStoreGone } from '../core.ts'
import type { Alarms } from './alarms.ts'
import type { Gossip } from './gossip.ts'
import { loadProofs } from './proofs.ts'
import { DEFAULT_KEY_LOG_TIMING } from './timing.ts'

/** Longest pause after the public log could not be read, in turns of the usual one. */
const MAX_PAUSES = 16

export class Comparer {
  readonly #core: Core
  readonly #alarms: Alarms
  readonly #gossip: Gossip
  readonly #range: readonly [min: number, max: number]
  #isOnline = false
  #isRunning = false
  #timer: unknown
  #failures = 0

  constructor(core: Core, alarms: Alarms, gossip: Gossip) {
    this.#core = core
    this.#alarms = alarms
    this.#gossip = gossip
    this.#range = (core.platform.timing.keyLog ?? DEFAULT_KEY_LOG_TIMING).compareAfter
    gossip.onHeard = () => this.#soon()
  }

  connected(): void {
    this.#isOnline = true
    this.#soon()
  }

  disconnected(): void {
    this.#isOnline = false
    this.#core.platform.timers.clear(this.#timer)
    this.#timer = undefined
  }

  #soon(): void {
    if (this.#timer !== undefined || this.#isRunning || !this.#isOnline || this.#core.isClosed) return
    if (this.#gossip.heard.size === 0) return
    const { random, timers } = this.#core.platform
    const [min, max] = this.#range
    const pause = (min + random() * (max - min)) * Math.min(MAX_PAUSES, 2 ** this.#failures)
    this.#timer = timers.set(() => this.#run(), pause)
  }

  #run(): void {
    this.#timer = undefined
    this.#isRunning = true
    void this.#attempt().finally(() => {
      this.#isRunning = false
      this.#soon()
    })
  }

  async #attempt(): Promise<void> {
    let isDone = false
    try {
      isDone = await (await loadProofs()).compareHeads({ core: this.#core, alarms: this.#alarms, gossip: this.#gossip })
    } catch (error) {
      if (isStoreGone(error)) return
    }
    this.#failures = isDone ? 0 : this.#failures + 1
  }
}
