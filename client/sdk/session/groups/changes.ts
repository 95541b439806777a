/** Changes a group: makes a commit, has it win an epoch, and makes it anew when another one did. */

import { fromBase64url } from '#protocol/bytes.ts'
import { commitToGroup } from '#protocol/http/groups.ts'
import { fetchKeyPackages } from '#protocol/http/key-packages.ts'
import type { Intent } from '../../mls/commit.ts'
import type { GroupState } from '../../mls/group-state.ts'
import type { ForeignKeyPackage } from '../../mls/key-package.ts'
import type { PendingCommit } from '../../mls/pending.ts'
import { RelayError } from '../../transport/errors.ts'
import type { Auth } from '../auth.ts'
import type { Core } from '../core.ts'
import { drawMessageId } from '../message-id.ts'
import type { GroupBook } from './book.ts'
import type { DeviceKeys } from './device-keys.ts'
import { GroupError } from './errors.ts'
import { loadMls } from './mls.ts'

/** Commits of others that may win before the user is told to try later. */
const MAX_CONFLICTS = 12
/** Accounts whose key packages are asked for at once. */
const FETCH_AT_ONCE = 8

/** Answers what is wanted of the group as it is now; `undefined` when that is so already. */
export type Wanted = (state: GroupState) => Intent | undefined

export class GroupChanges {
  readonly #core: Core
  readonly #auth: Auth
  readonly #book: GroupBook
  readonly #keys: DeviceKeys
  readonly #catchUp: (group: string) => Promise<void>
  /** One change of a group after the other. */
  readonly #turns = new Map<string, Promise<unknown>>()

  constructor(core: Core, auth: Auth, book: GroupBook, keys: DeviceKeys, catchUp: (group: string) => Promise<void>) {
    this.#core = core
    this.#auth = auth
    this.#book = book
    this.#keys = keys
    this.#catchUp = catchUp
  }

  /**
   * Changes a group. Resolves when this device has the commit from the log.
   *
   * @throws RelayError (`roleInsufficient`, `groupFull`, …), GroupError, OfflineError: then it may or may not take effect
   */
  change(group: string, wanted: Wanted): Promise<void> {
    const former = this.#turns.get(group) ?? Promise.resolve()
    const turn = former.catch(() => undefined).then(() => this.#change(group, wanted))
    this.#turns.set(group, turn)
    const forget = () => {
      if (this.#turns.get(group) === turn) this.#turns.delete(group)
    }
    void turn.then(forget, forget)
    return turn
  }

  /** Verified key packages of all devices of accounts, and the accounts that have none. */
  async keyPackages(
    state: GroupState,
    accounts: readonly string[],
  ): Promise<{ packages: ForeignKeyPackage[]; unreachable: string[] }> {
    const packages: ForeignKeyPackage[] = []
    const unreachable: string[] = []
    for (let at = 0; at < accounts.length; at += FETCH_AT_ONCE) {
      const some = accounts.slice(at, at + FETCH_AT_ONCE)
      const found = await Promise.all(some.map((account) => this.#keyPackagesOf(state, account)))
      for (const [index, ofAccount] of found.entries()) {
        packages.push(...ofAccount)
        const account = some[index]
        if (ofAccount.length === 0 && account !== undefined) unreachable.push(account)
      }
    }
    return { packages, unreachable }
  }

  async #keyPackagesOf({ suite, ...state }: GroupState, account: string): Promise<ForeignKeyPackage[]> {
    const { isRefusal, membersIn, readKeyPackage } = await loadMls()
    let answer: Awaited<ReturnType<typeof this.fetchPackages>>
    try {
      answer = await this.fetchPackages(account, suite)
    } catch (error) {
      if (error instanceof RelayError && error.code === 'unknownRecipient') return []
      throw error
    }
    const members = membersIn({ suite, ...state })
    const now = this.#core.now()
    const { deviceList, keyPackages } = answer
    await this.#core.transact((draft) => this.#keys.adopt(draft, account, deviceList))
    const fresh = keyPackages.filter(({ device }) => members.find({ account, device }) === undefined)
    return this.#keys.transact(async (_draft, resolver) => {
      const read = await Promise.all(
        fresh.map(({ device, body }) =>
          readKeyPackage(fromBase64url(body), suite, { account, device }, resolver(now), now),
        ),
      )
      return read.filter((found): found is ForeignKeyPackage => !isRefusal(found))
    })
  }

  fetchPackages(account: string, suite: GroupState['suite']) {
    return this.#auth.call(fetchKeyPackages, { account, suite })
  }

  async #change(group: string, wanted: Wanted): Promise<void> {
    for (let conflicts = 0; conflicts < MAX_CONFLICTS; conflicts += 1) {
      await this.#catchUp(group)
      const request = await this.#prepare(group, wanted)
      if (request === undefined) return
      try {
        await this.#auth.call(commitToGroup, request)
        // It takes effect by the log, in its place.
        await this.#catchUp(group)
        if (await this.#isSettled(group, request.messageId)) return
      } catch (error) {
        const isRefused = error instanceof RelayError && error.action === 'fix'
        if (isRefused) await this.#abandon(group, request.messageId)
        if (!(error instanceof RelayError) || error.code !== 'epochConflict') throw error
      }
    }
    throw new GroupError('groupBusy')
  }

  /**
   * The commit to send: one whose answer was lost, first; else a new one, stored before it is sent. A large group's takes
   * seconds to make (`bench/results/mls.md`), in which the engine's one queue is free for other conversations.
   */
  async #prepare(group: string, wanted: Wanted): Promise<PendingCommit['request'] | undefined> {
    const { commit, epochOf, isRefusal, rebase } = await loadMls()
    for (;;) {
      const { record, state } = await this.#core.transact((draft) => this.#book.joined(draft, group))
      if (record.pending?.request.epoch === epochOf(state)) return record.pending.request
      const intent = wanted(state)
      if (intent === undefined) return undefined
      const pending = await commit(state, rebase(state, intent), drawMessageId())
      if (isRefusal(pending)) {
        if (pending.reason === 'roleInsufficient') throw new GroupError('roleInsufficient')
        throw new GroupError('changeInvalid', pending.reason)
      }
      const isKept = await this.#core.transact(async (draft) => {
        const now = await this.#book.joined(draft, group)
        // Messages that came meanwhile do no harm: they may come between a commit's making and its taking effect, too.
        if (epochOf(now.state) !== pending.request.epoch) return false
        await this.#book.savePending(draft, group, now.record, pending)
        return true
      })
      // Another commit won while this one was made: it is made anew.
      if (isKept) return pending.request
    }
  }

  async #isSettled(group: string, messageId: string): Promise<boolean> {
    return this.#core.transact(async (draft) => {
      const record = await this.#book.record(draft, group)
      if (record?.stage === 'broken') throw new GroupError('groupBroken')
      return record?.pending?.request.messageId !== messageId
    })
  }

  /** The relay refused it for good, or another one won. */
  async #abandon(group: string, messageId: string): Promise<void> {
    await this.#core.transact(async (draft) => {
      const record = await this.#book.record(draft, group)
      if (record?.pending?.request.messageId === messageId) this.#book.dropPending(draft, group, record)
    })
  }
}
