/** Sends the queue: encrypts what is due, in one commit, and deals with the relay's answers. */

import type { Accepted, Envelope, Mismatch, Rejected } from '#protocol/frames/send.ts'
import type { DeviceList } from '#protocol/device-list.ts'
import type { MessageName } from '#protocol/content/message-name.ts'
import type { UpFrame } from '#protocol/frames/up.ts'
import { actionFor } from '#protocol/errors.ts'
import { type BackoffRange, backoffDelay } from '../transport/backoff.ts'
import { isStoreGone, type Core } from './core.ts'
import { noteWay, setMessageState } from './conversations.ts'
import { adoptDeviceList, knownDeviceList } from './directory.ts'
import type { Draft } from './draft.ts'
import { DeviceListError } from './errors.ts'
import { holdMessagesTo } from './identity-change.ts'
import type { KeyLog } from './key-log/key-log.ts'
import type { Outbox, QueueEntry } from './outbox.ts'
import { type Way, identityRecord, messageKey, messageRecord, parseRecord, seenKey, seenRecord } from './records.ts'
import { Sealer } from './seal.ts'
import type { Route } from './sealed/layer.ts'
import type { LaneHooks, Sealed } from './sealed/sealed.ts'
import { toFrames, toMessage } from './send-frames.ts'
import { planSends } from './send-plan.ts'

/** After refusals: a full inbox or a busy relay is not helped by haste. */
const RETRY: BackoffRange = { minMs: 1_000, maxMs: 5 * 60_000 }

/** Refusals of a message's devices that are answered at once: more are no race. */
const PATIENCE = 2

/** A message that can be sent, and how it goes. */
interface Due {
  readonly entry: QueueEntry
  readonly route: Exclude<Route, { readonly way: 'none' | 'unknown' }>
}

export class Sender {
  readonly #core: Core
  readonly #outbox: Outbox
  readonly #send: (frame: UpFrame) => boolean
  /** Says to whom may be sent. */
  readonly #keyLog: Pick<KeyLog, 'gossip' | 'isHeld' | 'permits' | 'insistsOnOlder' | 'isTaken'>
  readonly #sealed: Pick<Sealed, 'ready' | 'isBusy'>
  /** Accounts whose devices are being asked for: one message at a time goes there. */
  readonly #probing = new Set<string>()
  /** Accounts whose changed identity waits for the user. Mirrors `Identity.offered`. */
  readonly held = new Set<string>()
  /** Refusals by message id, with the prekeys that they brought, until the key log has shown the list in them. */
  readonly #unproven = new Map<string, Mismatch>()
  /** Accounts whose refusals are dealt with now: what they refused must not be sent again as it was, nor out of its order. */
  readonly #resuming = new Set<string>()
  #isOnline = false
  #isRunning = false
  #again = false
  #timer: unknown

  constructor(
    core: Core,
    outbox: Outbox,
    send: (frame: UpFrame) => boolean,
    keyLog: Pick<KeyLog, 'gossip' | 'isHeld' | 'permits' | 'insistsOnOlder' | 'isTaken'>,
    sealed: Pick<Sealed, 'ready' | 'isBusy'>,
  ) {
    this.#sealed = sealed
    this.#core = core
    this.#outbox = outbox
    this.#send = send
    this.#keyLog = keyLog
    outbox.onChange = () => this.kick()
  }

  /** What becomes of messages that go sealed. */
  get laneHooks(): LaneHooks {
    return {
      accepted: (answer) => this.accepted(answer),
      mismatch: (answer) => this.mismatch(answer),
      rejected: (answer) => this.rejected(answer),
      delay: (entry, atLeastMs) => this.#fail(entry, atLeastMs),
      left: (account) => {
        this.#probing.delete(account)
        this.kick()
      },
    }
  }

  async load(): Promise<void> {
    for (const { partition, value } of await this.#core.store.all('identity')) {
      if (parseRecord(identityRecord, value).offered !== undefined) this.held.add(partition)
    }
  }

  connected(): void {
    this.#isOnline = true
    this.kick()
  }

  /** Nothing is known of what was under way: all of it is sent again, as it is, on the next connection. */
  disconnected(): void {
    this.#isOnline = false
    this.#probing.clear()
    this.#core.platform.timers.clear(this.#timer)
    for (const entry of this.#outbox.entries.values()) entry.sentAt = undefined
  }

  /** Sends what is due, now or after the round that is running. */
  kick(): void {
    this.#again = true
    if (this.#isRunning || !this.#isOnline || this.#core.isClosed) return
    this.#isRunning = true
    // A failed round was a failed commit: nothing was sent of it. The timer tries again.
    void this.#run()
      .catch((error: unknown) => {
        if (!isStoreGone(error)) this.#wakeAt(this.#core.now() + RETRY.minMs)
      })
      .finally(() => {
        this.#isRunning = false
        if (this.#again) this.kick()
      })
  }

  async #run(): Promise<void> {
    while (this.#again && this.#isOnline && !this.#core.isClosed) {
      this.#again = false
      await this.#round()
    }
  }

  async #round(): Promise<void> {
    const { timers, timing } = this.#core.platform
    const plan = planSends(
      this.#outbox.entries.values(),
      this.#probing,
      (account) => this.#isHeld(account),
      timing.answerTimeout,
      timers.now(),
    )
    if (plan.wakeAt !== undefined) this.#wakeAt(plan.wakeAt)
    if (plan.send.length === 0) return
    const due = await this.#core.transact((draft) => this.#seal(draft, plan.send))
    if (!this.#isOnline) return
    for (const { entry, route } of due) entry.way = route.way
    this.#sealed.ready?.lane.send(
      due.flatMap(({ entry, route }) => ('credential' in route ? [{ entry, ...route }] : [])),
    )
    const shown = due.flatMap(({ entry, route }) => (route.way === 'identified' ? [entry] : []))
    for (const frame of toFrames(shown)) {
      if (!this.#send({ type: 'send', messages: frame.map(toMessage) })) return
      for (const entry of frame) entry.sentAt = timers.now()
    }
    // What the window or a probe kept back is looked at when an answer comes.
    if (due.length > 0) this.#wakeAt(timers.now() + timing.answerTimeout)
  }

  #isHeld(account: string): boolean {
    // Until it is known how to hide who sends it, nothing goes to others.
    const isUnready = this.#sealed.ready === undefined && account !== this.#core.account?.account
    const isStopped = this.held.has(account) || this.#keyLog.isHeld(account)
    return isUnready || isStopped || this.#resuming.has(account) || this.#sealed.isBusy(account)
  }

  #sealer(draft: Draft): Sealer {
    return new Sealer(draft, this.#core.requireAccount(), this.#core.platform.cipher, (account) =>
      this.#keyLog.gossip.toTell(draft, account),
    )
  }

  /** Encrypts those that are not yet, for one commit. Answers those that can be sent once it is done, and how they go. */
  async #seal(draft: Draft, entries: readonly QueueEntry[]): Promise<Due[]> {
    const own = this.#core.requireAccount()
    const sealer = this.#sealer(draft)
    const due: Due[] = []
    /** To whom nothing more goes in this round: their devices are asked for, or what is next has to wait. */
    const waiting = new Set<string>()
    for (const entry of entries) {
      const { item, order } = entry
      if (!this.#outbox.entries.has(order) || waiting.has(item.to)) continue
      if (!(await this.#keyLog.permits(draft, item.to))) continue
      const list = await knownDeviceList(draft, item.to)
      const route = await this.#routeOf(draft, entry, list)
      if (route?.way === 'none') {
        this.#outbox.drop(draft, entry)
        continue
      }
      // Two ways to one account would let what is sent later come first.
      const isOnOther = route !== undefined && this.#goesOtherwise(due, item.to, route.way)
      if (route === undefined || isOnOther) {
        waiting.add(item.to)
        continue
      }
      // Made for an older list, or none, it will be refused. The relay may have it though: it goes as it is, and alone.
      const isOld = item.sealed !== undefined && (list === undefined || item.sealed.deviceListVersion < list.version)
      const isIncomplete = item.sealed === undefined && (list === undefined || !(await sealer.isComplete(list)))
      if (isOld || isIncomplete) {
        waiting.add(item.to)
        draft.announce(() => this.#probing.add(item.to))
      }
      if (item.sealed === undefined && item.to === own.account && list && sealer.targets(list).length === 0) {
        this.#outbox.drop(draft, entry)
        continue
      }
      const sealed = item.sealed ?? (await sealer.seal(item.content, list))
      const next = { ...item, sealed }
      if (route.way === 'identified') {
        if (item.sealed === undefined) this.#outbox.update(draft, entry, next)
      } else {
        const covered = await this.#sealed.ready?.lane.cover(next, list)
        if (covered === undefined) {
          waiting.add(item.to)
          if (item.sealed === undefined) this.#outbox.update(draft, entry, next)
          continue
        }
        const token = route.way === 'token' ? { token: route.token } : {}
        if (item.covered !== covered || ('token' in token && item.token === undefined)) {
          this.#outbox.update(draft, entry, { ...next, covered, ...token })
        }
      }
      due.push({ entry, route })
    }
    return due
  }

  /** How a message goes; `undefined` while that is not known. */
  async #routeOf(draft: Draft, entry: QueueEntry, list: DeviceList | undefined) {
    if (entry.item.to === this.#core.requireAccount().account) return { way: 'identified' } as const
    const route = await this.#sealed.ready?.route(draft, entry.item, list, entry.isShown === true)
    return route?.way === 'unknown' ? undefined : route
  }

  /** Whether something is on another way to an account now, or goes on it in this round. */
  #goesOtherwise(due: readonly Due[], to: string, way: Way): boolean {
    const isOpen = way === 'identified'
    for (const { entry, route } of due) if (entry.item.to === to && (route.way === 'identified') !== isOpen) return true
    for (const { item, sentAt, way: other } of this.#outbox.entries.values()) {
      if (item.to === to && sentAt !== undefined && (other === 'identified') !== isOpen) return true
    }
    return false
  }

  async accepted({ messageIds }: Accepted): Promise<void> {
    const own = this.#core.requireAccount().account
    await this.#core.transact(async (draft) => {
      for (const wireId of messageIds) {
        const entry = this.#outbox.find(wireId)
        if (entry !== undefined) await this.#settle(draft, entry, own)
      }
    })
    this.kick()
  }

  async #settle(draft: Draft, entry: QueueEntry, own: string): Promise<void> {
    const { to, message, of } = entry.item
    // Deleted while it was under way: nobody gets its words again.
    if (of !== undefined && (await isWithdrawn(draft, of))) this.#outbox.drop(draft, entry)
    else this.#outbox.settle(draft, entry)
    draft.announce(() => {
      this.#probing.delete(to)
      this.#keyLog.isTaken(to)
    })
    if (message === undefined) return
    await setMessageState(this.#core, draft, own, message.id, 'sent')
    if (entry.way !== undefined) await noteWay(this.#core, draft, to, entry.way)
  }

  async mismatch(answer: Mismatch): Promise<void> {
    const entry = this.#outbox.find(answer.messageId)
    if (entry === undefined || answer.to !== entry.item.to) return
    const own = this.#core.requireAccount()
    const refused = await this.#core.transact(async (draft) => {
      // Taken out of the queue since.
      if (this.#outbox.find(answer.messageId) !== entry) return undefined
      try {
        const { list, isOlder } = await adoptOrKnown(draft, own, answer)
        // Once may be an answer that a newer one has overtaken.
        if (isOlder && entry.failures >= PATIENCE) draft.announce(() => this.#keyLog.insistsOnOlder(answer.to))
        if (!(await this.#keyLog.permits(draft, answer.to))) {
          draft.announce(() => this.#unproven.set(answer.messageId, answer))
          return 'unproven'
        }
        const sealer = this.#sealer(draft)
        const before: readonly Envelope[] = entry.item.sealed?.envelopes ?? []
        const usable = before.filter(({ device }) => !answer.missing.includes(device) && !answer.stale.includes(device))
        const sealed = await sealer.seal(entry.item.content, list, usable, answer.bundles)
        const { covered: _former, ...item } = entry.item
        this.#outbox.update(draft, entry, { ...item, sealed })
        return undefined
      } catch (error) {
        if (!(error instanceof DeviceListError)) throw error
        if (error.code === 'identityChanged') {
          await holdMessagesTo(this.#core, draft, this.#outbox, answer.to)
          draft.announce(() => this.held.add(answer.to))
        }
        return error.code
      }
    })
    entry.sentAt = undefined
    this.#probing.delete(answer.to)
    if (refused === 'unproven') return this.kick()
    entry.failures += 1
    // The answer carries all that one retry needs; a relay that still disagrees after it is given time.
    if (refused !== undefined || entry.failures > PATIENCE) this.#delay(entry, undefined)
    this.kick()
  }

  /** The key log was asked about an account, or, without one, all is as at the beginning. */
  released(account?: string): void {
    if (account === undefined) {
      // What the refusals showed may be what was wrong: the relay is asked anew.
      this.#unproven.clear()
      return this.kick()
    }
    const answers = [...this.#unproven.values()].filter(({ to }) => to === account)
    for (const { messageId } of answers) this.#unproven.delete(messageId)
    if (answers.length === 0) return this.kick()
    this.#resuming.add(account)
    // After a failed commit too, the relay is asked anew.
    void this.#resume(answers)
      .catch(() => undefined)
      .finally(() => {
        this.#resuming.delete(account)
        this.kick()
      })
  }

  async #resume(answers: readonly Mismatch[]): Promise<void> {
    for (const answer of answers) await this.mismatch(answer)
  }

  async rejected({ messageId, code, retryAfterMs }: Rejected): Promise<void> {
    const entry = this.#outbox.find(messageId)
    if (entry === undefined) return
    const own = this.#core.requireAccount().account
    entry.sentAt = undefined
    this.#probing.delete(entry.item.to)
    if (code === 'messageIdReused') {
      // Nobody else knows this id: the relay has an earlier ciphertext of ours, whose answer was lost.
      await this.#core.transact(async (draft) => {
        if (this.#outbox.find(messageId) === entry) await this.#settle(draft, entry, own)
      })
    } else if (actionFor(code) === 'fix') {
      await this.#core.transact(async (draft) => {
        this.#outbox.drop(draft, entry)
        const { message } = entry.item
        if (message !== undefined)
          await setMessageState(this.#core, draft, own, message.id, 'failed', { failure: code })
      })
    } else {
      this.#fail(entry, retryAfterMs)
    }
    this.kick()
  }

  #fail(entry: QueueEntry, retryAfterMs: number | undefined): void {
    entry.failures += 1
    this.#delay(entry, retryAfterMs)
  }

  #delay(entry: QueueEntry, atLeastMs: number | undefined): void {
    const delay = Math.max(atLeastMs ?? 0, backoffDelay(entry.failures, RETRY, this.#core.platform.random()))
    entry.notBefore = this.#core.now() + delay
  }

  #wakeAt(at: number): void {
    const { timers } = this.#core.platform
    timers.clear(this.#timer)
    if (this.#isOnline) this.#timer = timers.set(() => this.kick(), Math.max(0, at - timers.now()))
  }
}

/** The list of an answer; or the known one, when the answer is older than another that came meanwhile. */
async function adoptOrKnown(draft: Draft, own: Parameters<typeof adoptDeviceList>[1], answer: Mismatch) {
  try {
    return { list: await adoptDeviceList(draft, own, answer.to, answer.deviceList), isOlder: false }
  } catch (error) {
    const known = await knownDeviceList(draft, answer.to)
    const isOlder = error instanceof DeviceListError && error.code === 'deviceListRolledBack'
    if (isOlder && known !== undefined) return { list: known, isOlder }
    throw error
  }
}

/** Whether a message that stood in a timeline has no words there any more. */
async function isWithdrawn(draft: Draft, { author, id }: MessageName): Promise<boolean> {
  const seen = await draft.get(seenRecord, seenKey(author, id))
  if (seen?.conversation === undefined || seen.order === undefined) return false
  const message = await draft.get(messageRecord, messageKey(seen.conversation, seen.order))
  return message === undefined || message.annotations?.deleted !== undefined
}
