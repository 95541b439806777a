/**
 * Tells the watch what somebody did, and puts in force what it answers for an account. Nobody waits for either: while a call
 * is under way, what comes for the same subject is added up, so that a flood makes one call after the other.
 */

import type { Signal } from '#db/audit/signals.ts'
import { errorFields, log } from '../log.ts'
import type { Restriction } from '../user/restriction.ts'
import type { UserRelayCalls } from '../user/rpc.ts'
import type { Verdict } from './judge.ts'
import type { WatchCalls } from './rpc.ts'

export interface Reported {
  readonly signal: Signal
  readonly count: number
  readonly correlationId: string
}

/** What waits behind the call that is under way, by subject and signal. `null`: nothing does. */
export class Reporter {
  readonly #waiting = new Map<string, Reported | null>()

  /** Resolves when everything was told, also when it could not be: then it is lost, and counts against nobody. */
  async report(
    subject: string,
    reported: Reported,
    note: (subject: string) => WatchCalls,
    use: (verdict: Verdict) => unknown,
  ): Promise<void> {
    const key = `${subject} ${reported.signal}`
    const waiting = this.#waiting.get(key)
    if (waiting !== undefined) {
      const count = (waiting?.count ?? 0) + reported.count
      this.#waiting.set(key, { ...reported, count })
      return
    }
    this.#waiting.set(key, null)
    try {
      for (let next: Reported | null | undefined = reported; next; next = this.#waiting.get(key)) {
        this.#waiting.set(key, null)
        await use(await note(subject).note({ subject, ...next }))
      }
    } catch (error) {
      log('warn', 'watch.failed', { correlationId: reported.correlationId, ...errorFields(error) })
    } finally {
      this.#waiting.delete(key)
    }
  }
}

/** Puts a verdict on an account in force, in the account's own object. Harmless to repeat. */
export async function restrict(relay: UserRelayCalls, account: string, correlationId: string, verdict: Verdict) {
  const { level, until } = verdict
  if (level === 'clear') return
  const restriction: Restriction = { level, until }
  await relay.restrict({ account, correlationId, restriction })
}
