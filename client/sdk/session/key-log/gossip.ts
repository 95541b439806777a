/**
 * What this device and others tell each other of the log, inside of messages (SPEC, "What clients tell each other"): so that two who are shown
 * different logs find out. Telling and hearing cost a message nothing but the octets; what is heard is kept, and compared later.
 */

import type { ToldHead } from '#protocol/content/head.ts'
import { parseVerifierKey } from '#protocol/merkle/notes/keys.ts'
import type { Core } from '../core.ts'
import type { Draft } from '../draft.ts'
import { parseRecord } from '../records.ts'
import { readState } from './configuration.ts'
import {
  HEARD,
  type Gossip as GossipRecord,
  type Heard,
  KEY_LOG,
  gossipKey,
  gossipRecord,
  heardKey,
  heardRecord,
  keyLogRecord,
} from './records.ts'
import { DEFAULT_KEY_LOG_TIMING, type KeyLogTiming } from './timing.ts'
import { headToTell } from './told-head.ts'

/** Heads that wait to be compared: of so many accounts, one of each. */
const HEARD_MOST = 64
/** And of one account, one in this time: whoever repeats old heads causes no more. */
const HEARD_EVERY_MS = 60 * 60_000

export class Gossip {
  readonly #core: Core
  readonly #timing: KeyLogTiming
  /** What waits to be compared, by ascending order, as committed. */
  readonly heard = new Map<number, Heard>()
  #lastOrder = 0
  /** Called when there is something to compare. */
  onHeard: () => void = () => undefined

  constructor(core: Core) {
    this.#core = core
    this.#timing = core.platform.timing.keyLog ?? DEFAULT_KEY_LOG_TIMING
  }

  async load(): Promise<void> {
    for (const { order, value } of await this.#core.store.range('meta', HEARD)) {
      this.heard.set(order, parseRecord(heardRecord, value))
      this.#lastOrder = order
    }
  }

  /**
   * The head to tell with the next message to an account, or to a group; noted as told. `undefined` when a head was told
   * there not long ago, or there is no newer one.
   */
  async toTell(draft: Draft, conversation: string): Promise<ToldHead | undefined> {
    const log = (await readState(draft))?.log
    const head = log && headToTell(log)
    if (head === undefined) return undefined
    const record = (await draft.get(gossipRecord, gossipKey(conversation))) ?? {}
    const { told } = record
    const now = this.#core.now()
    if (told?.log === head.log && (told.size >= head.size || now - told.at < this.#timing.tellHeadAfter))
      return undefined
    draft.put(gossipRecord, gossipKey(conversation), { ...record, told: { log: head.log, size: head.size, at: now } })
    return head
  }

  /** Takes what somebody told. Believes nothing of it. */
  async hear(draft: Draft, author: string, conversation: string, head: ToldHead): Promise<void> {
    const log = (await readState(draft))?.log
    const own = log && parseVerifierKey(log.key)
    if (log === undefined || own === undefined) return
    const before = (await draft.get(gossipRecord, gossipKey(author))) ?? {}
    if (head.log !== own.keyId) return this.#otherLog(draft, author, before)
    const { otherLogSince: _former, ...record } = before
    if (before.otherLogSince !== undefined) draft.put(gossipRecord, gossipKey(author), record)
    if (head.size === log.head?.size && head.root === log.head.root) return this.isSame(draft, conversation, head)
    const now = this.#core.now()
    if (now - (record.heardAt ?? -Infinity) < HEARD_EVERY_MS || this.heard.size >= HEARD_MOST) return
    draft.put(gossipRecord, gossipKey(author), { ...record, heardAt: now })
    // A number of a failed transaction stays unused.
    this.#lastOrder += 1
    const order = this.#lastOrder
    const heard = { author, conversation, at: now, head }
    draft.put(heardRecord, heardKey(order), heard)
    draft.announce(() => {
      this.heard.set(order, heard)
      this.onHeard()
    })
  }

  /** Who is there has this head, or a later one of the same log: it need not be told again. */
  async isSame(draft: Draft, conversation: string, { log, size }: ToldHead): Promise<void> {
    await this.#noteComparison(draft)
    const record = (await draft.get(gossipRecord, gossipKey(conversation))) ?? {}
    if (record.told?.log === log && record.told.size >= size) return
    draft.put(gossipRecord, gossipKey(conversation), { ...record, told: { log, size, at: this.#core.now() } })
  }

  /** It was compared, or will never be. */
  forget(draft: Draft, order: number): void {
    draft.delete(heardKey(order))
    draft.announce(() => this.heard.delete(order))
  }

  /** The log is pinned anew: what was heard is of the former one. */
  forgetAll(draft: Draft): void {
    for (const order of this.heard.keys()) this.forget(draft, order)
  }

  async #noteComparison(draft: Draft): Promise<void> {
    const state = await readState(draft)
    const now = this.#core.now()
    // To the minute is enough: not every message shall write it.
    if (state?.log === undefined || now - (state.log.comparedAt ?? -Infinity) < 60_000) return
    draft.put(keyLogRecord, KEY_LOG, { ...state, log: { ...state.log, comparedAt: now } })
  }

  /** That somebody follows another log proves nothing, since nobody's key says so: it is told, and stops nothing. */
  #otherLog(draft: Draft, author: string, record: GossipRecord): void {
    if (record.otherLogSince !== undefined) return
    draft.put(gossipRecord, gossipKey(author), { ...record, otherLogSince: this.#core.now() })
    draft.announce(() => this.#core.events.emit('keyLogDiffers', { account: author }))
  }
}
