/** What members do for their group by themselves: own devices come and go, and whoever left is removed. */

import { isAtLeast, MAY_REMOVE } from '#protocol/groups/roles.ts'
import type { GroupState } from '../../mls/group-state.ts'
import type { Core } from '../core.ts'
import { knownDeviceList } from '../directory.ts'
import type { GroupBook } from './book.ts'
import type { GroupChanges } from './changes.ts'
import { type MlsLayer, loadMls } from './mls.ts'

/** Several devices may want the same change: each waits a random moment, and then looks whether it is still to be made. */
const DELAY_MS: readonly [min: number, max: number] = [500, 5_000]

export class Upkeep {
  readonly #core: Core
  readonly #book: GroupBook
  readonly #changes: GroupChanges
  readonly #timers = new Map<string, unknown>()

  constructor(core: Core, book: GroupBook, changes: GroupChanges) {
    this.#core = core
    this.#book = book
    this.#changes = changes
  }

  /** Looks after a group, a moment from now. */
  soon(group: string): void {
    const { random, timers } = this.#core.platform
    if (this.#timers.has(group) || this.#core.isClosed) return
    const [min, max] = DELAY_MS
    const timer = timers.set(
      () => {
        this.#timers.delete(group)
        // What fails is tried again with the next occasion.
        void this.#look(group).catch(() => undefined)
      },
      min + random() * (max - min),
    )
    this.#timers.set(group, timer)
  }

  close(): void {
    for (const timer of this.#timers.values()) this.#core.platform.timers.clear(timer)
    this.#timers.clear()
  }

  async #look(group: string): Promise<void> {
    const mls = await loadMls()
    const { account } = this.#core.requireAccount()
    const seen = await this.#core.transact(async (draft) => {
      const record = await this.#book.record(draft, group)
      const state = record?.stage === 'joined' ? await this.#book.state(draft, group) : undefined
      return { state, list: await knownDeviceList(draft, account) }
    })
    if (seen.state === undefined || seen.list === undefined) return
    const ids = seen.list.devices.map(({ id }) => id)
    const isMissing = (state: GroupState) =>
      ids.some((device) => mls.membersIn(state).find({ account, device }) === undefined)
    const packages = isMissing(seen.state) ? (await this.#changes.keyPackages(seen.state, [account])).packages : []
    if (packages.length === 0 && goneFrom(mls, seen.state, account, ids).length === 0) return
    await this.#changes.change(group, (state) => {
      const remove = goneFrom(mls, state, account, ids)
      const add = packages.filter(({ address }) => mls.membersIn(state).find(address) === undefined)
      return add.length + remove.length > 0 ? { add, remove } : undefined
    })
  }
}

/** Devices to be removed: own ones that are no more, and those of accounts that left, where it is this device's to do. */
function goneFrom({ membersIn, roleOf }: MlsLayer, state: GroupState, own: string, ids: readonly number[]) {
  const members = membersIn(state)
  const isGuard = (account: string) => isAtLeast(roleOf(state, account) ?? 'member', MAY_REMOVE)
  // Guards first; where there is none but who left, everybody.
  const others = members.accounts.filter((account) => !state.left.includes(account))
  const isOurs = isGuard(own) || !others.some(isGuard)
  return members.list
    .filter(({ account, device }) => {
      if (account === own) return !ids.includes(device)
      return isOurs && state.left.includes(account)
    })
    .map(({ account, device }) => ({ account, device }))
}
