/** Sends what waits for a group: encrypted in one commit, signed as some member, without a token. */

import * as v from 'valibot'
import { encodeContent } from '#protocol/content/codec.ts'
import { KnownContent } from '#protocol/content/content.ts'
import { toBase64url } from '#protocol/bytes.ts'
import { type ErrorCode, actionFor } from '#protocol/errors.ts'
import { sendToGroup } from '#protocol/http/groups.ts'
import { LIMITS } from '#protocol/limits.ts'
import { type BackoffRange, backoffDelay } from '../../transport/backoff.ts'
import { OfflineError, RelayError } from '../../transport/errors.ts'
import { isStoreGone, type Core } from '../core.ts'
import type { Draft } from '../draft.ts'
import type { KeyLog } from '../key-log/key-log.ts'
import type { GroupBook } from './book.ts'
import type { MemberProofs } from './member-proofs.ts'
import { loadMls } from './mls.ts'
import type { GroupOutbox, GroupQueueEntry } from './outbox.ts'

const RETRY: BackoffRange = { minMs: 1_000, maxMs: 5 * 60_000 }
/** Octets of base64url in one request, below the route's limit with room for the rest of the JSON. */
const MAX_REQUEST = LIMITS.groupSendRequestBytes - 64 * 1_024

type Answers = v.InferOutput<typeof sendToGroup.response>

export class GroupSender {
  readonly #core: Core
  readonly #book: GroupBook
  readonly #outbox: GroupOutbox
  readonly #catchUp: (group: string) => Promise<void>
  readonly #keyLog: Pick<KeyLog, 'gossip' | 'stopsEverybody'>
  readonly #proofs: Pick<MemberProofs, 'permit'>
  /** Groups that are being sent to; `again` when there is more by now. */
  readonly #running = new Map<string, { again: boolean }>()
  readonly #failures = new Map<string, number>()
  readonly #timers = new Set<unknown>()
  #isOnline = false

  /** `catchUp` reads a group's log up to its end. */
  constructor(
    core: Core,
    book: GroupBook,
    outbox: GroupOutbox,
    catchUp: (group: string) => Promise<void>,
    keyLog: Pick<KeyLog, 'gossip' | 'stopsEverybody'>,
    proofs: Pick<MemberProofs, 'permit'>,
  ) {
    this.#core = core
    this.#book = book
    this.#outbox = outbox
    this.#catchUp = catchUp
    this.#keyLog = keyLog
    this.#proofs = proofs
    outbox.onChange = (group) => this.kick(group)
  }

  connected(): void {
    this.#isOnline = true
    this.kickAll()
  }

  /** What stopped everything may be over. */
  kickAll(): void {
    for (const group of this.#outbox.groups()) this.kick(group)
  }

  disconnected(): void {
    this.#isOnline = false
    for (const timer of this.#timers) this.#core.platform.timers.clear(timer)
    this.#timers.clear()
  }

  /** Sends what a group is to be sent, now or after the round that is running. */
  kick(group: string): void {
    const running = this.#running.get(group)
    if (running !== undefined) running.again = true
    if (running !== undefined || !this.#isOnline || this.#core.isClosed || this.#keyLog.stopsEverybody) return
    this.#running.set(group, { again: false })
    void this.#run(group)
      .catch((error: unknown) => {
        if (!isStoreGone(error)) this.#later(group)
      })
      .finally(() => {
        const isMore = this.#running.get(group)?.again === true
        this.#running.delete(group)
        if (isMore) this.kick(group)
      })
  }

  async #run(group: string): Promise<void> {
    while (
      this.#isOnline &&
      !this.#core.isClosed &&
      !this.#keyLog.stopsEverybody &&
      this.#outbox.waiting(group).length > 0
    ) {
      if (!(await this.#proofs.permit(group))) return
      const sealed = await this.#core.transact((draft) => this.#seal(draft, group))
      // What people see as a message may wake members, as between two: reactions, receipts and the like do not.
      const messages = sealed.flatMap(({ item: { wireId: messageId, sealed: made, isVisible } }) =>
        made === undefined ? [] : [{ messageId, ...made, ...(isVisible && { urgent: true }) }],
      )
      if (messages.length === 0) return
      let answers: Answers
      try {
        answers = await this.#core.http.call(sendToGroup, { group, messages })
      } catch (error) {
        if (!(error instanceof RelayError) || actionFor(error.code) !== 'fix') throw error
        // Of the request as a whole: the group is not there any more.
        await this.#core.transact((draft) => this.#outbox.failAll(draft, group))
        return
      }
      if (!(await this.#answered(group, sealed, answers))) return
    }
  }

  /** Encrypts what is not yet for this epoch, for one commit. Answers what goes into one request. */
  async #seal(draft: Draft, group: string): Promise<GroupQueueEntry[]> {
    const record = await this.#book.record(draft, group)
    const before = await this.#book.state(draft, group)
    if (record?.stage !== 'joined' || before === undefined) return []
    const { encrypt, epochOf, signSend } = await loadMls()
    const epoch = epochOf(before)
    let state = before
    let size = 0
    const sealed: GroupQueueEntry[] = []
    for (const entry of this.#outbox.waiting(group)) {
      let { item } = entry
      if (item.sealed?.epoch !== epoch) {
        const head = await this.#keyLog.gossip.toTell(draft, group)
        const content = encodeContent(v.parse(KnownContent, item.content), head)
        const { wireId: messageId } = item
        const made = await encrypt(state, messageId, content)
        state = made.state
        const { body } = made
        const proof = await signSend(state.sendKey, { group, epoch, messageId, body, isEphemeral: false })
        item = { ...item, sealed: { epoch, body: toBase64url(body), proof } }
        this.#outbox.update(draft, group, entry, item)
      }
      size += item.sealed?.body.length ?? 0
      if (sealed.length > 0 && size > MAX_REQUEST) break
      sealed.push(entry)
      if (sealed.length === LIMITS.groupMessagesPerSend) break
    }
    if (state !== before) await this.#book.save(draft, group, record, before, state)
    return sealed
  }

  /** Deals with the answers. `false` when it has to be tried later. */
  async #answered(group: string, sealed: readonly GroupQueueEntry[], { answers }: Answers): Promise<boolean> {
    const refusals = new Set<ErrorCode>()
    await this.#core.transact(async (draft) => {
      for (const answer of answers) {
        const entry = sealed.find(({ item }) => item.wireId === answer.messageId)
        if (entry === undefined) continue
        // Nobody else knows this id: the relay has an earlier ciphertext of ours, whose answer was lost.
        if (!('code' in answer) || answer.code === 'messageIdReused') await this.#outbox.accepted(draft, group, entry)
        else {
          refusals.add(answer.code)
          const isHopeless = actionFor(answer.code) === 'fix' && !OUT_OF_STEP.has(answer.code)
          if (isHopeless) await this.#outbox.failed(draft, group, entry)
        }
      }
    })
    if (refusals.size === 0) {
      this.#failures.delete(group)
      return true
    }
    // Another epoch began: read on, and encrypt anew. A relay that says so again and again is given time.
    if ([...refusals].every((code) => OUT_OF_STEP.has(code)) && (this.#failures.get(group) ?? 0) < 3) {
      this.#failures.set(group, (this.#failures.get(group) ?? 0) + 1)
      await this.#catchUp(group)
      return true
    }
    this.#later(group)
    return false
  }

  #later(group: string): void {
    const failures = (this.#failures.get(group) ?? 0) + 1
    this.#failures.set(group, failures)
    const { timers, random } = this.#core.platform
    const timer = timers.set(
      () => {
        this.#timers.delete(timer)
        this.kick(group)
      },
      backoffDelay(failures, RETRY, random()),
    )
    this.#timers.add(timer)
  }
}

/** Refusals of a message that was made for another epoch than the present one. */
const OUT_OF_STEP: ReadonlySet<ErrorCode> = new Set(['staleEpoch', 'sendProofInvalid'])

/** Whether a failure is one of the network: to be tried again when it is back. */
export function isOffline(error: unknown): boolean {
  return error instanceof OfflineError || (error instanceof RelayError && error.action === 'retry')
}
