/** Ends objects (SPEC, MD-13): what is to be ended is kept until the relay has heard of it. */

import { deleteMedia } from '#protocol/http/media.ts'
import { LIMITS } from '#protocol/limits.ts'
import { type BackoffRange, backoffDelay } from '../../transport/backoff.ts'
import { RelayError } from '../../transport/errors.ts'
import type { Core } from '../core.ts'
import { parseRecord } from '../records.ts'
import { ENDING, endingKey, endingRecord } from './records.ts'

const RETRY: BackoffRange = { minMs: 1_000, maxMs: 5 * 60_000 }

export class Endings {
  readonly #core: Core
  #isOnline = false
  #isRunning = false
  #again = false
  #failures = 0
  #timer: unknown

  constructor(core: Core) {
    this.#core = core
  }

  connected(): void {
    this.#isOnline = true
    this.kick()
  }

  disconnected(): void {
    this.#isOnline = false
  }

  close(): void {
    this.#core.platform.timers.clear(this.#timer)
  }

  kick(): void {
    this.#again = true
    if (this.#isRunning || !this.#isOnline || this.#core.isClosed) return
    this.#isRunning = true
    this.#core.platform.timers.clear(this.#timer)
    void this.#run()
      .then(
        () => (this.#failures = 0),
        () => this.#later(),
      )
      .finally(() => (this.#isRunning = false))
  }

  async #run(): Promise<void> {
    while (this.#again && !this.#core.isClosed) {
      this.#again = false
      for (const { order, value } of await this.#core.store.range('media', ENDING)) {
        const { name, release, at } = parseRecord(endingRecord, value)
        // By then its time is over.
        if (at > this.#core.now() - LIMITS.mediaTtl) await this.#end(name, release)
        await this.#core.transact((draft) => {
          draft.delete(endingKey(order))
          return Promise.resolve()
        })
      }
    }
  }

  async #end(name: string, release: string): Promise<void> {
    try {
      await this.#core.http.call(deleteMedia, { name, release })
    } catch (error) {
      // Not there, or not ours to end: as good as ended.
      if (!(error instanceof RelayError) || error.action !== 'fix') throw error
    }
  }

  #later(): void {
    if (this.#core.isClosed) return
    this.#failures += 1
    const { timers, random } = this.#core.platform
    this.#timer = timers.set(() => this.kick(), backoffDelay(this.#failures, RETRY, random()))
  }
}
