/** Joining again: asking members for it, and letting members in that ask (SPEC, I-6). */

import { offerRejoin } from '#protocol/http/groups.ts'
import type { GroupRejoin, GroupRejoinRequest } from '#protocol/content/group-content.ts'
import type { DeviceAddress } from '#protocol/primitives.ts'
import { rankOf } from '#protocol/groups/roles.ts'
import type { Auth } from '../auth.ts'
import { isStoreGone, type Core } from '../core.ts'
import type { Draft } from '../draft.ts'
import type { Outbox } from '../outbox.ts'
import type { GroupBook } from './book.ts'
import { loadMls } from './mls.ts'
import type { GroupJoiner } from './joiner.ts'

/** Members that are asked at once: the first answer counts. */
const ASK = 3
/** A device is answered this often at most. */
const ANSWER_EVERY_MS = 60_000

export class Admission {
  readonly #core: Core
  readonly #auth: Auth
  readonly #book: GroupBook
  readonly #joiner: GroupJoiner
  readonly #outbox: Outbox
  readonly #entered: (group: string) => void
  /** When each device was made its last offer. In memory: a restart answers once more. */
  readonly #answered = new Map<string, number>()
  readonly #exclusively: (group: string, task: () => Promise<void>) => Promise<void>

  constructor(
    core: Core,
    parts: {
      auth: Auth
      book: GroupBook
      joiner: GroupJoiner
      outbox: Outbox
      entered: (group: string) => void
      /** Runs a task while the group's log is not read. */
      exclusively: (group: string, task: () => Promise<void>) => Promise<void>
    },
  ) {
    this.#core = core
    this.#auth = parts.auth
    this.#book = parts.book
    this.#joiner = parts.joiner
    this.#outbox = parts.outbox
    this.#entered = parts.entered
    this.#exclusively = parts.exclusively
  }

  /** Asks some members of the state that is known, those of higher rank first, and the own other devices. */
  async ask(group: string): Promise<void> {
    const { account } = this.#core.requireAccount()
    await this.#core.transact(async (draft) => {
      const record = await this.#book.record(draft, group)
      if (record === undefined || record.stage === 'left' || record.stage === 'removed') return
      const state = await this.#book.state(draft, group)
      this.#book.put(draft, group, { ...record, stage: 'rejoining' })
      await this.#book.summarise(draft, group, 'rejoining', state)
      const content = { kind: 'groupRejoinRequest', group } as const
      await this.#outbox.enqueueForOwnDevices(draft, content)
      if (state === undefined) return
      const { membersIn, roleOf } = await loadMls()
      const rank = (id: string) => rankOf(roleOf(state, id) ?? 'member')
      const others = membersIn(state).accounts.filter((id) => id !== account)
      for (const to of others.sort((a, b) => rank(b) - rank(a)).slice(0, ASK)) {
        this.#outbox.enqueue(draft, { to, content })
      }
    })
  }

  /** A member asks. What is not true of it, or cannot be done now, is left unanswered: it asks others too. */
  requested(draft: Draft, from: DeviceAddress, { group }: GroupRejoinRequest): void {
    const name = `${group} ${from.account} ${from.device}`
    // An offer is a box of up to 1.5 MiB: nobody makes us upload them one after the other.
    if ((this.#answered.get(name) ?? -Infinity) > this.#core.now() - ANSWER_EVERY_MS) return
    draft.announce(() => {
      this.#answered.set(name, this.#core.now())
      void this.#offer(from, group).catch((error: unknown) => {
        if (isStoreGone(error)) throw error
      })
    })
  }

  /** The answer. Only what was asked for is used, and only of an own device or of somebody who was a member. */
  async offered(draft: Draft, from: DeviceAddress, { group, secret }: GroupRejoin): Promise<void> {
    const record = await this.#book.record(draft, group)
    if (record?.stage !== 'rejoining' && record?.stage !== 'joining') return
    const state = await this.#book.state(draft, group)
    const isOwn = from.account === this.#core.requireAccount().account
    if (!isOwn && (state === undefined || !(await loadMls()).membersIn(state).hasAccount(from.account))) return
    this.#book.put(draft, group, { ...record, joinBy: secret })
    draft.announce(() => void this.enter(group).catch(() => undefined))
  }

  /** Joins by an offer that came. One that does not work any more is forgotten: others may follow. */
  async enter(group: string): Promise<void> {
    let isIn = false
    await this.#exclusively(group, async () => {
      const secret = await this.#core.transact(async (draft) => (await this.#book.record(draft, group))?.joinBy)
      // Several members may have answered: the first offer was used.
      if (secret === undefined) return
      await this.#joiner.bySecret(group, secret)
      isIn = true
    })
    if (isIn) this.#entered(group)
  }

  async #offer(from: DeviceAddress, group: string): Promise<void> {
    const { epochOf, membersIn, offerRejoin: makeOffer } = await loadMls()
    const state = await this.#core.transact(async (draft) => {
      const record = await this.#book.record(draft, group)
      return record?.stage === 'joined' ? this.#book.state(draft, group) : undefined
    })
    if (state === undefined || membersIn(state).find(from) === undefined) return
    const { link, secret, box } = await makeOffer(state)
    await this.#auth.call(offerRejoin, { group, epoch: epochOf(state), for: from, link, box })
    await this.#core.transact((draft) => {
      this.#outbox.enqueue(draft, { to: from.account, content: { kind: 'groupRejoin', group, link, secret } })
      return Promise.resolve()
    })
  }
}
