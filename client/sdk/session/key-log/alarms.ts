/** What is wrong with the log, kept with its evidence until the user decides, and after that to be shown to others. */

import type { Core } from '../core.ts'
import type { Draft } from '../draft.ts'
import { parseRecord } from '../records.ts'
import { type KeyLogFailure, reachOf } from './failures.ts'
import { ALARMS, type Alarm, alarmKey, alarmRecord } from './records.ts'

/** Alarms that are kept after they were dismissed; older ones go. */
const KEPT_DISMISSED = 50

export class Alarms {
  readonly #core: Core
  /** All that are kept, by ascending order, as committed. */
  readonly #alarms = new Map<number, Alarm>()

  constructor(core: Core) {
    this.#core = core
  }

  async load(): Promise<void> {
    for (const { order, value } of await this.#core.store.range('meta', ALARMS)) {
      this.#alarms.set(order, parseRecord(alarmRecord, value))
    }
  }

  /** All that are kept, the newest first. */
  all(): Alarm[] {
    return [...this.#alarms.values()].toReversed()
  }

  /** Those that were not dismissed. */
  active(): Alarm[] {
    return this.all().filter(({ dismissedAt }) => dismissedAt === undefined)
  }

  /** Whether nothing is sent to anybody. */
  get stopsEverybody(): boolean {
    const own = this.#core.account?.account
    // What is wrong about this account, its own devices cannot tell from what others are shown of it.
    return this.active().some(({ failure, account }) => {
      const reach = reachOf(failure)
      return reach === 'everybody' || (reach === 'account' && account === own)
    })
  }

  /** Whether nothing is sent to an account. */
  stops(account: string): boolean {
    if (this.#alarms.size === 0) return false
    return (
      this.stopsEverybody ||
      this.active().some((alarm) => alarm.account === account && reachOf(alarm.failure) === 'account')
    )
  }

  /** Whether nothing is sent to groups that an account is in. */
  stopsGroupsWith(account: string): boolean {
    if (this.#alarms.size === 0) return false
    return this.active().some(
      (alarm) => alarm.account === account && ['account', 'groups'].includes(reachOf(alarm.failure)),
    )
  }

  /** Whether the user has decided to go on in spite of this. */
  isAccepted(failure: KeyLogFailure, subject: string): boolean {
    return this.all().some(
      (alarm) => alarm.failure === failure && alarm.subject === subject && alarm.dismissedAt !== undefined,
    )
  }

  /** Keeps an alarm and tells it; once, until it is dismissed, and about one list only once at all. */
  raise(draft: Draft, { account: about, ...found }: Omit<Alarm, 'at' | 'dismissedAt'>): void {
    // Which account was asked for says nothing where the log itself is wrong.
    const isAbout = about !== undefined && reachOf(found.failure) !== 'everybody'
    const alarm = { ...found, ...(isAbout ? { account: about } : {}) }
    const isKnown = this.all().some(
      ({ failure, account, subject, dismissedAt }) =>
        failure === alarm.failure &&
        account === alarm.account &&
        (dismissedAt === undefined || (subject !== undefined && subject === alarm.subject)),
    )
    if (isKnown) return
    const order = 1 + Math.max(0, ...this.#alarms.keys())
    this.#put(draft, order, { ...alarm, at: this.#core.now() })
    const { failure, account } = alarm
    draft.announce(() =>
      this.#core.events.emit('keyLogAlarm', { failure, ...(account === undefined ? {} : { account }) }),
    )
  }

  /** What was wrong is so no more. */
  resolve(draft: Draft, resolved: readonly KeyLogFailure[]): void {
    for (const [order, alarm] of this.#alarms) {
      if (alarm.dismissedAt !== undefined || !resolved.includes(alarm.failure)) continue
      this.#clear(draft, order, alarm)
    }
  }

  /** The user goes on all the same. Answers what was dismissed. */
  dismiss(draft: Draft, account: string | undefined): Alarm[] {
    const dismissed: Alarm[] = []
    for (const [order, alarm] of this.#alarms) {
      if (alarm.dismissedAt !== undefined || alarm.account !== account) continue
      dismissed.push(alarm)
      this.#clear(draft, order, alarm)
    }
    const former = [...this.#alarms].filter(([, { dismissedAt }]) => dismissedAt !== undefined)
    for (const [order] of former.slice(0, Math.max(0, former.length - KEPT_DISMISSED))) {
      draft.delete(alarmKey(order))
      draft.announce(() => this.#alarms.delete(order))
    }
    return dismissed
  }

  #clear(draft: Draft, order: number, alarm: Alarm): void {
    this.#put(draft, order, { ...alarm, dismissedAt: this.#core.now() })
    const about = alarm.account === undefined ? {} : { account: alarm.account }
    draft.announce(() => this.#core.events.emit('keyLogCleared', about))
  }

  #put(draft: Draft, order: number, alarm: Alarm): void {
    draft.put(alarmRecord, alarmKey(order), alarm)
    draft.announce(() => this.#alarms.set(order, alarm))
  }
}
