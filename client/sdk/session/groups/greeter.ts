/**
 * Tells those who came by a link, or were linked by their owner, how the others call themselves: nobody added them who
 * would. One member does; the others keep silent once they see that somebody did.
 */

import { isAtLeast, rankOf } from '#protocol/groups/roles.ts'
import type { GroupState } from '../../mls/group-state.ts'
import type { Core } from '../core.ts'
import type { GroupBook } from './book.ts'
import { profileOf } from './content.ts'
import type { Introductions } from './introductions.ts'
import { loadMls } from './mls.ts'

/** Each of the first devices has a time of its own to answer in: long enough for the others to see its answer. */
const SLOT_MS = 3_000
const SLOTS = 20
/** All others answer at a random moment of this, if none of the first was there: of a thousand, a few at once. */
const REST_MS = 4 * 60_000
/** A device answers no more often, however many come. */
const PAUSE_MS = 30_000

/**
 * How long a device waits before it answers, in milliseconds.
 *
 * @param position its place among the group's devices, from 0
 * @param random uniform in [0, 1)
 */
export function greetingDelay(position: number, random: number): number {
  // In the first part of the slot; the rest of it is for the answer to reach everybody.
  if (position < SLOTS) return (position + 0.2 + random * 0.3) * SLOT_MS
  return SLOTS * SLOT_MS + random * REST_MS
}

export class Greeter {
  readonly #core: Core
  readonly #book: GroupBook
  readonly #introductions: Introductions
  /** Groups with newcomers that nobody has answered yet. */
  readonly #timers = new Map<string, unknown>()
  /** When this device answered last in a group. */
  readonly #answered = new Map<string, number>()

  constructor(core: Core, book: GroupBook, introductions: Introductions) {
    this.#core = core
    this.#book = book
    this.#introductions = introductions
  }

  /** Somebody is new in a group, and the present epoch is the first that it can read. Nobody waits for it. */
  came(group: string): void {
    if (this.#timers.has(group)) return
    void this.#plan(group).catch(() => undefined)
  }

  /** Somebody told the group how its members call themselves. */
  told(group: string): void {
    this.#core.platform.timers.clear(this.#timers.get(group))
    this.#timers.delete(group)
  }

  close(): void {
    for (const group of this.#timers.keys()) this.told(group)
  }

  async #plan(group: string): Promise<void> {
    const position = await this.#position(group)
    if (position === undefined || this.#timers.has(group) || this.#core.isClosed) return
    const { random, timers } = this.#core.platform
    const pause = Math.max(0, (this.#answered.get(group) ?? -Infinity) + PAUSE_MS - this.#core.now())
    const answer = () => {
      this.#timers.delete(group)
      this.#answered.set(group, this.#core.now())
      // Where it fails, they learn it when the others write.
      void this.#introductions.others(group).catch(() => undefined)
    }
    this.#timers.set(group, timers.set(answer, pause + greetingDelay(position, random())))
  }

  /** This device's place among those that may answer; `undefined` when it knows too little itself. */
  async #position(group: string): Promise<number | undefined> {
    const mls = await loadMls()
    return this.#core.transact(async (draft) => {
      const record = await this.#book.record(draft, group)
      const state = record?.stage === 'joined' ? await this.#book.state(draft, group) : undefined
      if (state === undefined) return undefined
      const own = this.#core.requireAccount().account
      const others = mls.membersIn(state).accounts.filter((account) => account !== own)
      if (others.length === 0) return undefined
      const profiles = await Promise.all(others.map((account) => profileOf(draft, account)))
      const known = profiles.filter(({ name }) => name !== undefined).length
      // The newcomer has not said yet how it is called, or just has.
      if (known * 2 < others.length - 1) return undefined
      return placeOf(state, mls)
    })
  }
}

/** By rank, then by leaf: all members come to the same order. */
function placeOf(state: GroupState, { membersIn, roleOf, selfIn }: Awaited<ReturnType<typeof loadMls>>): number {
  const self = selfIn(state)
  const rank = (account: string) => roleOf(state, account) ?? 'member'
  const own = rank(self.account)
  return membersIn(state).list.filter(({ account, leaf }) => {
    if (state.left.includes(account) || leaf === self.leaf) return false
    const role = rank(account)
    return rankOf(role) === rankOf(own) ? leaf < self.leaf : isAtLeast(role, own)
  }).length
}
