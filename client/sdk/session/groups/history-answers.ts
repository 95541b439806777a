/** Shows joiners of a group what was written before they came, if the group wants that (SPEC, Y-3 to Y-5). */

import type { GroupHistoryRequest, MemberProfile } from '#protocol/content/group-content.ts'
import type { DeviceAddress } from '#protocol/primitives.ts'
import type { Core } from '../core.ts'
import type { Draft } from '../draft.ts'
import type { Outbox } from '../outbox.ts'
import { ownProfile } from '../profile.ts'
import { messageRecord, parseRecord } from '../records.ts'
import type { GroupBook } from './book.ts'
import { profileOf } from './content.ts'
import { AnswerBudget, Selection, isWaiting, partsOf } from './history-rules.ts'
import { isMemberDevice } from './member-device.ts'
import { loadMls } from './mls.ts'

/** Records of the timeline that are looked through at once, and at most. */
const READ_PAGE = 256
const READ_MOST = 2_048
/** Who has not all that the group would show answers after this time: the first answer is the one that is taken. */
const LATE_MS = 10_000

export class HistoryAnswers {
  readonly #core: Core
  readonly #book: GroupBook
  readonly #outbox: Outbox
  readonly #budget = new AnswerBudget()
  /** Answers that wait for others to come first, by the device that asked. */
  readonly #late = new Map<string, unknown>()

  constructor(core: Core, book: GroupBook, outbox: Outbox) {
    this.#core = core
    this.#book = book
    this.#outbox = outbox
  }

  close(): void {
    for (const timer of this.#late.values()) this.#core.platform.timers.clear(timer)
    this.#late.clear()
  }

  /** A device asks. What may not be, or cannot be answered now, is left unanswered: it asks others too. */
  async requested(draft: Draft, from: DeviceAddress, { group }: GroupHistoryRequest): Promise<void> {
    const name = `${group} ${from.account} ${from.device}`
    const begun = await this.#begin(draft, from, group)
    // Before the timeline is looked through: nobody makes us do that time and again.
    if (begun === undefined || !this.#budget.spend(name, this.#core.now())) return
    await this.#look(group, begun)
    if (begun.isWhole) await this.#send(draft, from, group, begun)
    else draft.announce(() => this.#later(name, from, group))
  }

  #later(name: string, from: DeviceAddress, group: string): void {
    if (this.#core.isClosed || this.#late.has(name)) return
    const answer = async (): Promise<void> => {
      this.#late.delete(name)
      await this.#core.transact(async (draft) => {
        const begun = await this.#begin(draft, from, group)
        if (begun === undefined) return
        await this.#look(group, begun)
        await this.#send(draft, from, group, begun)
      })
    }
    // When it fails, it is asked again.
    const timer = this.#core.platform.timers.set(() => void answer().catch(() => undefined), LATE_MS)
    this.#late.set(name, timer)
  }

  /** An empty selection of what a device may be shown; `undefined` where it may be shown nothing. */
  async #begin(draft: Draft, from: DeviceAddress, group: string): Promise<Selection | undefined> {
    const { detailsOf, membersIn } = await loadMls()
    const record = await this.#book.record(draft, group)
    if (record?.stage !== 'joined') return undefined
    if (record.history !== undefined && isWaiting(record.history, this.#core.now())) return undefined
    const state = await this.#book.state(draft, group)
    if (state === undefined) return undefined
    const { history: count } = detailsOf(state)
    if (count === undefined || !(await isMemberDevice(this.#core, draft, state, from))) return undefined
    const isOwn = from.account === this.#core.requireAccount().account
    // The timeline tells when an account came, and not when a further device of it did.
    const isFirst = membersIn(state).list.filter(({ account }) => account === from.account).length === 1
    return new Selection(count, { isOwn, joiner: !isOwn && isFirst ? from.account : undefined })
  }

  async #look(group: string, selection: Selection): Promise<void> {
    let before: number | undefined
    for (let read = 0; read < READ_MOST && !selection.isDone; read += READ_PAGE) {
      const range = { reverse: true, limit: READ_PAGE, ...(before === undefined ? {} : { before }) }
      const page = await this.#core.store.range('message', group, range)
      for (const { value } of page) if (!selection.isDone) selection.offer(parseRecord(messageRecord, value))
      before = page.at(-1)?.order
      if (page.length < READ_PAGE) return
    }
  }

  async #send(draft: Draft, { account, device }: DeviceAddress, group: string, { items }: Selection): Promise<void> {
    const own = this.#core.requireAccount()
    const { kind: _kind, ...said } = ownProfile(own)
    const profiles = new Map<string, MemberProfile>([[own.account, { account: own.account, ...said }]])
    for (const author of new Set(items.map(({ from }) => from.account))) {
      const { name, username } = profiles.has(author) ? {} : await profileOf(draft, author)
      const named = username === undefined ? {} : { username }
      if (name !== undefined) profiles.set(author, { account: author, name, ...named })
    }
    const to = { device, isOwn: account === own.account, sharer: own.account }
    for (const content of partsOf(group, to, items, profiles)) this.#outbox.enqueue(draft, { to: account, content })
  }
}
