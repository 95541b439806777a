/**
 * The key log, as a client follows it (SPEC, "What clients check"): whether a device list may be written to, what is wrong
 * with the log, and why an account is trusted.
 */

import { type DeviceList, parseDeviceList } from '#protocol/device-list.ts'
import type { Auth } from '../auth.ts'
import type { Core } from '../core.ts'
import type { Draft } from '../draft.ts'
import { deviceListKey, deviceListRecord } from '../records.ts'
import { Alarms } from './alarms.ts'
import { Comparer } from './comparer.ts'
import { readState } from './configuration.ts'
import { LazyChecker } from './lazy-checker.ts'
import { type AlarmReach, type KeyLogFailure, reachOf } from './failures.ts'
import { Gossip } from './gossip.ts'
import { type Alarm, KEY_LOG, isLoggedKey, loggedKey, loggedRecord, nameOf } from './records.ts'
import { loadProofs } from './proofs.ts'
import type { KeyLogStatus } from './status.ts'
import { DEFAULT_KEY_LOG_TIMING } from './timing.ts'

/** Something that is wrong with the log. While it is not dismissed, it stops what `reach` says. */
export interface KeyLogAlarm {
  readonly failure: KeyLogFailure
  readonly reach: AlarmReach
  /** Whom it is about; absent when it is about the log. */
  readonly account?: string
  /** Milliseconds since 1970. */
  readonly at: number
  readonly dismissedAt?: number
}

/** What can be shown to others: an alarm, with the log as it was pinned and what contradicts it. Holds no secret. */
export type KeyLogEvidence = KeyLogAlarm & Pick<Alarm, 'pinned' | 'shown' | 'known'>

/** A device that a group has, and that the log does not show. */
export interface UnloggedLeaf {
  readonly group: string
  readonly account: string
  readonly device: number
  /** Names the leaf: 32 octets in base64url. */
  readonly subject: string
}

/** What applications do with the log. */
export type KeyLogCommands = Pick<KeyLog, 'status' | 'alarms' | 'evidence' | 'dismiss' | 'chooseWitness'>

export interface KeyLogHooks {
  /** What was held back may go: for an account, or for all. */
  released(account?: string): void
  /** The own list is fetched from the relay. */
  refreshOwn(): Promise<unknown>
}

export class KeyLog {
  readonly #core: Core
  readonly #alarms: Alarms
  readonly #checker: LazyChecker
  readonly #hooks: KeyLogHooks
  /** What is told and heard of the log inside of messages. */
  readonly gossip: Gossip
  readonly #comparer: Comparer
  /** Accounts for which something waits until the log was asked. */
  readonly #holding = new Set<string>()
  /** Accounts of which the relay insists on a list that is older than the one it showed before. */
  readonly #shownOlder = new Set<string>()
  #monitoredAt = 0

  constructor(core: Core, auth: Auth, hooks: KeyLogHooks) {
    this.#core = core
    this.#hooks = hooks
    this.#alarms = new Alarms(core)
    this.gossip = new Gossip(core)
    this.#comparer = new Comparer(core, this.#alarms, this.gossip)
    this.#checker = new LazyChecker(core, auth, this.#alarms, {
      settled: (account) => {
        this.#holding.delete(account)
        hooks.released(account)
      },
      changed: () => this.#releaseAll(),
      refreshOwn: () => hooks.refreshOwn(),
    })
  }

  async load(): Promise<void> {
    await this.#alarms.load()
    await this.gossip.load()
  }

  /** Looks at the configuration and the own account, unless that was just done, and goes on with what waits. */
  connected(): void {
    const now = this.#core.now()
    const { monitorEvery } = this.#core.platform.timing.keyLog ?? DEFAULT_KEY_LOG_TIMING
    const isDue = now - this.#monitoredAt >= monitorEvery
    if (isDue) {
      this.#monitoredAt = now
      this.#checker.want(this.#core.requireAccount().account)
    }
    this.#checker.connected(isDue)
    this.#comparer.connected()
  }

  disconnected(): void {
    this.#checker.disconnected()
    this.#comparer.disconnected()
  }

  /** Whether nothing is sent to anybody. */
  get stopsEverybody(): boolean {
    return this.#alarms.stopsEverybody
  }

  /** Whether nothing is sent to an account, as far as is known without reading records. */
  isHeld(account: string): boolean {
    return this.#holding.has(account) || this.#alarms.stops(account)
  }

  /**
   * Whether the known list of an account may be written to. If not, it is looked up, and `released` tells when to ask
   * again. An account without a known list has nothing to write to: asking the relay for its devices is permitted.
   */
  async permits(draft: Draft, account: string): Promise<boolean> {
    if (this.#alarms.stops(account)) return false
    const state = await readState(draft)
    if (state === undefined) return this.#hold(draft, account)
    if (state.log === undefined || account === this.#core.requireAccount().account) return true
    const signed = await draft.get(deviceListRecord, deviceListKey(account))
    if (signed === undefined) return true
    const logged = await draft.get(loggedRecord, loggedKey(account))
    const known = nameOf(signed)
    if (logged?.shown === undefined || logged.shown.digest !== known?.digest) return this.#hold(draft, account)
    const { recheckAfter } = this.#core.platform.timing.keyLog ?? DEFAULT_KEY_LOG_TIMING
    if (this.#core.now() - (logged.checkedAt ?? 0) >= recheckAfter) draft.announce(() => this.#checker.want(account))
    return true
  }

  /**
   * The list of an account as the log has shown it. `undefined` when it has to be looked up first (see {@link want}), `absent` when it was,
   * and there is none; `unrequired` where there is no log.
   */
  async shows(draft: Draft, account: string): Promise<DeviceList | 'unrequired' | 'absent' | undefined> {
    const state = await readState(draft)
    if (state === undefined) return undefined
    if (state.log === undefined) return 'unrequired'
    const logged = await draft.get(loggedRecord, loggedKey(account))
    const signed = await draft.get(deviceListRecord, deviceListKey(account))
    if (signed === undefined) return logged?.checkedAt === undefined ? undefined : 'absent'
    return logged?.shown !== undefined && logged.shown.digest === nameOf(signed)?.digest
      ? parseDeviceList(signed)
      : undefined
  }

  /** Looks an account up, with others, when the log can be asked. `released` tells when that is done. */
  want(account: string): void {
    this.#checker.want(account)
  }

  /**
   * The relay takes messages for devices of an account only as an older list has them than it showed before, again and again. The newer one stays
   * the known one, so that what is written to the account waits. Told once, until {@link isTaken}.
   */
  insistsOnOlder(account: string): void {
    if (this.#shownOlder.has(account)) return
    this.#shownOlder.add(account)
    this.#core.events.emit('keyLogWaiting', { account, reason: 'listOutdated' })
  }

  /** The relay took a message to an account. */
  isTaken(account: string): void {
    if (this.#shownOlder.delete(account)) this.#core.events.emit('keyLogWaiting', { account })
  }

  /** Whether nothing is sent to groups that an account is in. */
  stopsGroupsWith(account: string): boolean {
    return this.#alarms.stopsGroupsWith(account)
  }

  /**
   * Of a device in a group that the log does not show for its account: raises the alarm, or answers whether the user has decided to go on
   * in spite of it.
   */
  async leafUnlogged(draft: Draft, leaf: UnloggedLeaf, what: 'raise' | 'accepted'): Promise<boolean> {
    const { account, group, device, subject } = leaf
    if (what === 'accepted') return this.#alarms.isAccepted('leafUnlogged', subject)
    const log = (await readState(draft))?.log
    const signed = await draft.get(deviceListRecord, deviceListKey(account))
    if (log === undefined) return false
    this.#alarms.raise(draft, {
      failure: 'leafUnlogged',
      account,
      subject,
      pinned: log,
      shown: { group, account, device },
      ...(signed === undefined ? {} : { known: { account, list: signed } }),
    })
    return true
  }

  /** What is wrong with the log and was not dismissed, the newest first. */
  alarms(): KeyLogAlarm[] {
    return this.#alarms.active().map(toAlarm)
  }

  /** Everything that was ever wrong, dismissed or not, with what proves it: JSON, to be shown to others. The newest first. */
  evidence(): KeyLogEvidence[] {
    return this.#alarms.all().map(toEvidence)
  }

  /**
   * The user goes on in spite of the alarms about an account, or, without one, of those about the log. The evidence stays.
   * An account is looked up as if for the first time, a log is pinned anew, as it is now: that is trust on first use again.
   * Nothing is sent before that has succeeded. Answers whether there was anything to dismiss.
   */
  async dismiss(account?: string): Promise<boolean> {
    const dismissed = await this.#core.transact(async (draft) => {
      const alarms = this.#alarms.dismiss(draft, account)
      const own = this.#core.requireAccount().account
      if (alarms.some(({ failure }) => failure !== 'ownListForged' && reachOf(failure) === 'everybody')) {
        draft.delete(KEY_LOG)
        this.gossip.forgetAll(draft)
        for (const record of await this.#core.store.all('deviceList')) {
          if (isLoggedKey(record)) draft.delete(loggedKey(record.partition))
        }
      } else if (account !== undefined && alarms.length > 0) {
        draft.delete(loggedKey(account))
        // What the relay shows now is asked for: the list in hand is not what the log holds.
        const isForged = alarms.some(({ failure }) => failure === 'listForged')
        if (isForged && account !== own) draft.delete(deviceListKey(account))
      }
      return alarms.length > 0
    })
    if (dismissed) {
      this.#checker.restart()
      this.#releaseAll()
    }
    return dismissed
  }

  async status(account: string): Promise<KeyLogStatus> {
    const { statusOf } = await loadProofs()
    return statusOf(this.#core, account, () => ({
      isStopped: this.#alarms.stops(account),
      isShownOlder: this.#shownOlder.has(account),
      reason: this.#checker.waitOf(account)?.reason,
    }))
  }

  /**
   * Chooses a witness by its verifier key, or no longer. While any is chosen, nothing new is believed of the log that none of them has
   * cosigned within a day: what is written to people whose keys changed waits for that.
   *
   * @throws ContentInvalidError when the text is no key of a witness, or too many are chosen
   */
  async chooseWitness(key: string, isChosen = true): Promise<void> {
    const { chooseWitness } = await loadProofs()
    await chooseWitness(this.#core, key, isChosen)
    this.#checker.want(this.#core.requireAccount().account)
  }

  #hold(draft: Draft, account: string): false {
    draft.announce(() => {
      this.#holding.add(account)
      this.#checker.want(account)
    })
    return false
  }

  #releaseAll(): void {
    this.#holding.clear()
    this.#hooks.released()
  }
}

function toAlarm({ failure, account, at, dismissedAt }: Alarm): KeyLogAlarm {
  return {
    failure,
    reach: reachOf(failure),
    ...(account === undefined ? {} : { account }),
    at,
    ...(dismissedAt === undefined ? {} : { dismissedAt }),
  }
}

function toEvidence(alarm: Alarm): KeyLogEvidence {
  const { pinned, shown, known } = alarm
  return Object.assign(toAlarm(alarm), {
    pinned,
    ...(shown === undefined ? {} : { shown }),
    ...(known === undefined ? {} : { known }),
  })
}
