/** Deletes messages when they are due: one timer of the platform for the next of them, and nothing while none is. */

import { unpin } from '../annotations/annotate.ts'
import { isStoreGone, type Core } from '../core.ts'
import type { Draft } from '../draft.ts'
import { messageKey, messageRecord, parseRecord, seenKey, seenLogKey, seenLogRecord } from '../records.ts'
import { type Placed, isRunning, noteDue } from './begin.ts'
import { CLOCK, DUE, type Due, clockRecord, dueKey, dueRecord } from './records.ts'
import { type Running, begunAgain, waitFor, wasSetBack } from './rules.ts'

/** Messages that one transaction deletes. */
export const BATCH = 256
/** After a commit that failed. */
const RETRY_MS = 10_000

export class Expiry {
  readonly #core: Core
  #timer: unknown
  /** What the timer waits for; `undefined` while it waits for nothing. */
  #waitsFor: number | undefined
  #isRunning = false
  #again = false

  constructor(core: Core) {
    this.#core = core
    core.timerBegan = (due) => this.#waitUntil(due)
  }

  /** Deletes what fell due while nothing ran: before anything is shown. */
  async load(): Promise<void> {
    await this.#deleteDue()
  }

  /** Looks whether anything is due. After a sleep the platform's timers are late. */
  wake(): void {
    if (this.#isRunning) this.#again = true
    if (this.#isRunning || this.#core.isClosed) return
    this.#isRunning = true
    // What fails leaves everything as it was.
    void this.#deleteDue()
      .catch((error: unknown) => {
        if (!isStoreGone(error)) this.#waitUntil(this.#core.now() + RETRY_MS)
      })
      .finally(() => {
        this.#isRunning = false
        if (!this.#again) return
        this.#again = false
        this.wake()
      })
  }

  close(): void {
    this.#core.platform.timers.clear(this.#timer)
    this.#waitsFor = undefined
  }

  async #deleteDue(): Promise<void> {
    await this.#followClock()
    let isMore = true
    while (isMore && !this.#core.isClosed) isMore = await this.#core.transact((draft) => this.#deleteBatch(draft))
    const [next] = await this.#core.store.range('expiry', DUE, { limit: 1 })
    this.close()
    if (next !== undefined) this.#waitUntil(next.order)
  }

  /** Wakes at the earliest moment that it was asked for. */
  #waitUntil(due: number): void {
    if (this.#core.isClosed || (this.#waitsFor !== undefined && this.#waitsFor <= due)) return
    const { timers } = this.#core.platform
    timers.clear(this.#timer)
    this.#waitsFor = due
    this.#timer = timers.set(
      () => {
        this.#waitsFor = undefined
        this.wake()
      },
      waitFor(due, this.#core.now()),
    )
  }

  /** Answers whether there may be more. */
  async #deleteBatch(draft: Draft): Promise<boolean> {
    const now = this.#core.now()
    const page = await this.#page({ before: now + 1 })
    if (page.length === 0) return false
    for (const { at } of page) draft.delete(dueKey(at))
    const due = page.flatMap(({ messages }) => messages)
    await draft.prefetch(due.map(({ conversation, order }) => messageKey(conversation, order)))
    const gone = new Map<string, string[]>()
    const places = new Map<string, number[]>()
    const seen: string[] = []
    for (const { conversation, order, id } of due) {
      const message = await draft.get(messageRecord, messageKey(conversation, order))
      if (message?.id !== id) continue
      draft.delete(messageKey(conversation, order))
      await this.#core.forgetFiles(draft, conversation, message)
      seen.push(seenKey(message.from.account, id).partition)
      await this.#core.forget(draft, conversation, { author: message.from.account, id }, { isStillSent: false })
      addTo(gone, conversation, id)
      addTo(places, conversation, order)
    }
    for (const [conversation, orders] of places) await unpin(this.#core, draft, conversation, orders)
    // That it was dealt with is known for as long as a copy may come.
    if (seen.length > 0) {
      const key = seenLogKey(this.#core.counters.next('seenLog'))
      draft.put(seenLogRecord, key, { at: now, partitions: seen })
    }
    draft.put(clockRecord, CLOCK, { latest: now })
    for (const [conversation, ids] of gone) {
      draft.announce(() => this.#core.events.emit('messagesExpired', { conversation, ids }))
    }
    return true
  }

  /** Begins timers anew that, by a clock that was set back, began in the future. */
  async #followClock(): Promise<void> {
    const value = await this.#core.store.get(CLOCK)
    const now = this.#core.now()
    if (value === undefined || !wasSetBack(parseRecord(clockRecord, value).latest, now)) return
    for (let after: number | undefined = -1; after !== undefined;) {
      const from: number = after
      after = await this.#core.transact((draft) => this.#beginAgain(draft, from, now))
    }
    await this.#core.transact((draft) => {
      draft.put(clockRecord, CLOCK, { latest: now })
      return Promise.resolve()
    })
  }

  /** Answers how far it came; `undefined` at the end. What was begun anew already is left as it is. */
  async #beginAgain(draft: Draft, after: number, now: number): Promise<number | undefined> {
    const page = await this.#page({ after })
    const moved = new Map<string, (Placed & Running)[]>()
    for (const { at, messages } of page) {
      const kept: Due['messages'] = []
      for (const place of messages) {
        const { conversation, order } = place
        const message = await draft.get(messageRecord, messageKey(conversation, order))
        if (message === undefined || !isRunning(message)) continue
        const startedAt = begunAgain(message.startedAt, now)
        if (startedAt === message.startedAt) kept.push(place)
        else {
          const again = { order, message: { ...message, startedAt }, timer: message.timer, startedAt }
          draft.put(messageRecord, messageKey(conversation, order), again.message)
          addTo(moved, conversation, again)
        }
      }
      if (kept.length === 0) draft.delete(dueKey(at))
      else draft.put(dueRecord, dueKey(at), { messages: kept })
    }
    // Only now: their new places may be among the records above.
    for (const [conversation, running] of moved) await noteDue(this.#core, draft, conversation, running)
    return page.at(-1)?.at
  }

  /** What is due within these bounds, by time: about as many messages as one transaction takes, and at least one moment's. */
  async #page(bounds: { readonly after?: number; readonly before?: number }): Promise<(Due & { at: number })[]> {
    const records = await this.#core.store.range('expiry', DUE, { ...bounds, limit: BATCH })
    const page: (Due & { at: number })[] = []
    let count = 0
    for (const { order: at, value } of records) {
      const { messages } = parseRecord(dueRecord, value)
      count += messages.length
      if (page.length > 0 && count > BATCH) break
      page.push({ at, messages })
    }
    return page
  }
}

function addTo<T>(lists: Map<string, T[]>, name: string, item: T): void {
  const list = lists.get(name)
  if (list === undefined) lists.set(name, [item])
  else list.push(item)
}
