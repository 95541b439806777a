/** Sends the queue: encrypts what is due, in one commit, and deals with the relay's answers. */

import type { Accepted, Envelope, Mismatch, OutgoingMessage, Rejected } from '#protocol/frames/send.ts'
import type { MessageName } from '#protocol/content/message-name.ts'
import type { UpFrame } from '#protocol/frames/up.ts'
import { actionFor } from '#protocol/errors.ts'
import { LIMITS } from '#protocol/limits.ts'
import { type BackoffRange, backoffDelay } from '../transport/backoff.ts'
import { isStoreGone, type Core } from './core.ts'
import { setMessageState } from './conversations.ts'
import { adoptDeviceList, knownDeviceList } from './directory.ts'
import type { Draft } from './draft.ts'
import { DeviceListError } from './errors.ts'
import { holdMessagesTo } from './identity-change.ts'
import type { KeyLog } from './key-log/key-log.ts'
import type { Outbox, QueueEntry } from './outbox.ts'
import { identityRecord, messageKey, messageRecord, parseRecord, seenKey, seenRecord } from './records.ts'
import { Sealer } from './seal.ts'
import { planSends } from './send-plan.ts'

/** After refusals: a full inbox or a busy relay is not helped by haste. */
const RETRY: BackoffRange = { minMs: 1_000, maxMs: 5 * 60_000 }

/** A frame's fixed text around each body, and each message: ids, names, brackets. */
const MESSAGE_OVERHEAD = 200
const ENVELOPE_OVERHEAD = 80

export class Sender {
  readonly #core: Core
  readonly #outbox: Outbox
  readonly #send: (frame: UpFrame) => boolean
  /** Says to whom may be sent. */
  readonly #keyLog: Pick<KeyLog, 'gossip' | 'isHeld' | 'permits'>
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
    keyLog: Pick<KeyLog, 'gossip' | 'isHeld' | 'permits'>,
  ) {
    this.#core = core
    this.#outbox = outbox
    this.#send = send
    this.#keyLog = keyLog
    outbox.onChange = () => this.kick()
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
      (account) => this.held.has(account) || this.#resuming.has(account) || this.#keyLog.isHeld(account),
      timing.answerTimeout,
      timers.now(),
    )
    if (plan.wakeAt !== undefined) this.#wakeAt(plan.wakeAt)
    if (plan.send.length === 0) return
    const due = await this.#core.transact((draft) => this.#seal(draft, plan.send))
    if (!this.#isOnline) return
    for (const frame of toFrames(due)) {
      if (!this.#send({ type: 'send', messages: frame.map(toMessage) })) return
      for (const entry of frame) entry.sentAt = timers.now()
    }
    // What the window or a probe kept back is looked at when an answer comes.
    if (due.length > 0) this.#wakeAt(timers.now() + timing.answerTimeout)
  }

  #sealer(draft: Draft): Sealer {
    return new Sealer(draft, this.#core.requireAccount(), this.#core.platform.cipher, (account) =>
      this.#keyLog.gossip.toTell(draft, account),
    )
  }

  /** Encrypts those that are not yet, for one commit. Answers those that can be sent once it is done. */
  async #seal(draft: Draft, entries: readonly QueueEntry[]): Promise<QueueEntry[]> {
    const own = this.#core.requireAccount()
    const sealer = this.#sealer(draft)
    const due: QueueEntry[] = []
    /** Whose devices are asked for by a message of this round: the others wait for its answer. */
    const asking = new Set<string>()
    for (const entry of entries) {
      const { item, order } = entry
      if (!this.#outbox.entries.has(order) || asking.has(item.to)) continue
      if (!(await this.#keyLog.permits(draft, item.to))) continue
      const list = await knownDeviceList(draft, item.to)
      if (item.sealed !== undefined) {
        // Made for an older list, or none, it will be refused. The relay may have it though: it goes as it is, and alone.
        if (list === undefined || item.sealed.deviceListVersion < list.version) {
          asking.add(item.to)
          draft.announce(() => this.#probing.add(item.to))
        }
        due.push(entry)
        continue
      }
      if (list === undefined || !(await sealer.isComplete(list))) {
        asking.add(item.to)
        draft.announce(() => this.#probing.add(item.to))
      }
      const sealed = await sealer.seal(item.content, list)
      if (item.to === own.account && list !== undefined && sealer.targets(list).length === 0) {
        this.#outbox.drop(draft, entry)
        continue
      }
      this.#outbox.update(draft, entry, { ...item, sealed })
      due.push(entry)
    }
    return due
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
    draft.announce(() => this.#probing.delete(to))
    if (message !== undefined) await setMessageState(this.#core, draft, own, message.id, 'sent')
  }

  async mismatch(answer: Mismatch): Promise<void> {
    const entry = this.#outbox.find(answer.messageId)
    if (entry === undefined || answer.to !== entry.item.to) return
    const own = this.#core.requireAccount()
    const refused = await this.#core.transact(async (draft) => {
      // Taken out of the queue since.
      if (this.#outbox.find(answer.messageId) !== entry) return undefined
      try {
        const list = await adoptOrKnown(draft, own, answer)
        if (!(await this.#keyLog.permits(draft, answer.to))) {
          draft.announce(() => this.#unproven.set(answer.messageId, answer))
          return 'unproven'
        }
        const sealer = this.#sealer(draft)
        const before: readonly Envelope[] = entry.item.sealed?.envelopes ?? []
        const usable = before.filter(({ device }) => !answer.missing.includes(device) && !answer.stale.includes(device))
        const sealed = await sealer.seal(entry.item.content, list, usable, answer.bundles)
        this.#outbox.update(draft, entry, { ...entry.item, sealed })
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
    if (refused !== undefined || entry.failures > 2) this.#delay(entry, undefined)
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
      entry.failures += 1
      this.#delay(entry, retryAfterMs)
    }
    this.kick()
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
    return await adoptDeviceList(draft, own, answer.to, answer.deviceList)
  } catch (error) {
    const known = await knownDeviceList(draft, answer.to)
    if (error instanceof DeviceListError && error.code === 'deviceListRolledBack' && known !== undefined) return known
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

function toMessage({ item }: QueueEntry): OutgoingMessage {
  return {
    messageId: item.wireId,
    to: item.to,
    deviceListVersion: item.sealed?.deviceListVersion ?? 0,
    envelopes: item.sealed?.envelopes ?? [],
    ...(item.urgent === true ? { urgent: true } : {}),
  }
}

/** Splits into frames below the relay's limits. */
function toFrames(entries: readonly QueueEntry[]): QueueEntry[][] {
  const frames: QueueEntry[][] = []
  let size = 0
  for (const entry of entries) {
    const envelopes = entry.item.sealed?.envelopes ?? []
    const length = envelopes.reduce((sum, { body }) => sum + body.length + ENVELOPE_OVERHEAD, MESSAGE_OVERHEAD)
    const last = frames.at(-1)
    if (last === undefined || last.length >= LIMITS.messagesPerSend || size + length > LIMITS.frameBytes) {
      frames.push([entry])
      size = length
    } else {
      last.push(entry)
      size += length
    }
  }
  return frames
}
