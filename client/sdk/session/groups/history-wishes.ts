/** Asks members for messages from before this device came, and takes what they answer (SPEC, Y-2 and Y-6 to Y-8). */

import type { GroupHistory } from '#protocol/content/group-content.ts'
import { rankOf } from '#protocol/groups/roles.ts'
import type { DeviceAddress } from '#protocol/primitives.ts'
import { pinPlace } from '../annotations/annotate.ts'
import { takeEarly } from '../annotations/early.ts'
import { annotated } from '../annotations/places.ts'
import { announceTimeline } from '../conversations.ts'
import type { Core } from '../core.ts'
import type { Draft } from '../draft.ts'
import type { Outbox } from '../outbox.ts'
import { messageKey, messageRecord, parseRecord, seenKey, seenRecord } from '../records.ts'
import type { GroupBook } from './book.ts'
import { learnMemberProfile } from './content.ts'
import { afterAsking, afterPart, isAwaited, mayAsk, recordOf, whomToAsk } from './history-rules.ts'
import { isMemberDevice } from './member-device.ts'
import { loadMls } from './mls.ts'
import { type HistoryWish, groupRecord } from './records.ts'

export class HistoryWishes {
  readonly #core: Core
  readonly #book: GroupBook
  readonly #outbox: Outbox

  constructor(core: Core, book: GroupBook, outbox: Outbox) {
    this.#core = core
    this.#book = book
    this.#outbox = outbox
  }

  /** Asks in all groups in which that is due. */
  async askAll(): Promise<void> {
    for (const { partition, value } of await this.#core.store.all('group')) {
      if (parseRecord(groupRecord, value).history !== undefined) await this.ask(partition)
    }
  }

  /** Asks some members, if this device waits for messages of the group and it is time to. */
  async ask(group: string): Promise<void> {
    const { membersIn, roleOf } = await loadMls()
    const own = this.#core.requireAccount()
    await this.#core.transact(async (draft) => {
      const record = await this.#book.record(draft, group)
      const state = await this.#book.state(draft, group)
      const wish = record?.history
      if (record?.stage !== 'joined' || state === undefined || wish === undefined) return
      if (!mayAsk(wish, this.#core.now())) return
      const { accounts, list } = membersIn(state)
      const here = accounts.filter((account) => !state.left.includes(account))
      const members = here.map((account) => ({ account, rank: rankOf(roleOf(state, account) ?? 'member') }))
      const hasOtherDevice = list.some(({ account, device }) => account === own.account && device !== own.device)
      const self = { account: own.account, hasOtherDevice }
      const asked = whomToAsk(wish, self, members, this.#core.platform.random)
      for (const to of asked) this.#outbox.enqueue(draft, { to, content: { kind: 'groupHistoryRequest', group } })
      this.#book.put(draft, group, { ...record, history: afterAsking(wish, asked, this.#core.now()) })
    })
  }

  /** A part of an answer. Only what is waited for is taken, of the one member that answered first. */
  async answered(draft: Draft, from: DeviceAddress, part: GroupHistory): Promise<void> {
    const { group, device, start } = part
    // For another device of this account.
    if (device !== this.#core.requireAccount().device) return
    const record = await this.#book.record(draft, group)
    const state = await this.#book.state(draft, group)
    if (record?.stage !== 'joined' || state === undefined) return
    const { history: wish, ...kept } = record
    if (wish === undefined || !isAwaited(wish, from, start)) return
    if (!(await isMemberDevice(this.#core, draft, state, from))) return
    await this.#place(draft, from.account, wish, part)
    await this.#learn(draft, from.account, part)
    const next = afterPart(wish, from, part)
    this.#book.put(draft, group, next === undefined ? kept : { ...kept, history: next })
  }

  /** How authors call themselves is hearsay, but what the sharer says of itself; about others it says nothing. */
  async #learn(draft: Draft, by: string, { items, profiles }: GroupHistory): Promise<void> {
    const own = this.#core.requireAccount().account
    const named = new Set([by, ...items.map(({ from }) => from)])
    for (const { account, ...profile } of profiles) {
      if (account === own || !named.has(account)) continue
      await learnMemberProfile(this.#core, draft, account, { ...profile, isOwn: account === by })
    }
  }

  /** Puts messages into the room that is left for them, each where the sharer says that it stands. */
  async #place(
    draft: Draft,
    by: string,
    { count, below }: HistoryWish,
    { group, start, items }: GroupHistory,
  ): Promise<void> {
    const own = this.#core.requireAccount().account
    const most = items.slice(0, Math.max(0, count - start))
    const lowest = below - count
    await draft.prefetch(
      most.flatMap(({ from, id }, at) => [seenKey(from, id), messageKey(group, below - 1 - start - at)]),
    )
    for (const [at, item] of most.entries()) {
      const record = recordOf(item, { by, own, now: this.#core.now() })
      const key = seenKey(item.from, item.id)
      const seen = await draft.get(seenRecord, key)
      // The message itself is here, or a copy of it, or it was nothing to show.
      const isKnown = seen !== undefined && (seen.early === undefined || (seen.order ?? seen.shared) !== undefined)
      if (record === undefined || isKnown) continue
      let order = below - 1 - start - at
      // Taken, by what another member shared before it fell silent.
      while (order >= lowest && (await draft.get(messageRecord, messageKey(group, order))) !== undefined) order -= 1
      if (order < lowest) continue
      const annotations = await takeEarly(draft, group, { author: item.from, id: item.id })
      if (annotations?.hidden === true) {
        draft.put(seenRecord, key, { ...seen, conversation: group, order })
        continue
      }
      const kept = annotations === undefined ? record : { ...record, ...annotated(record, annotations) }
      draft.put(messageRecord, messageKey(group, order), kept)
      draft.put(seenRecord, key, { ...seen, conversation: group, shared: order })
      await pinPlace(this.#core, draft, group, { author: item.from, id: item.id, order }, annotations)
      announceTimeline(this.#core, draft, group)
    }
  }
}
