/** Making a group: of nothing, or of one that is broken. */

import { randomBytes, toBase64url } from '#protocol/bytes.ts'
import { createGroup } from '#protocol/http/groups.ts'
import type { GroupSuite } from '#protocol/groups/entries.ts'
import type { Founding } from '../../mls/create.ts'
import type { Auth } from '../auth.ts'
import type { Core } from '../core.ts'
import type { Draft } from '../draft.ts'
import type { GroupBook } from './book.ts'
import { GroupError } from './errors.ts'
import { addEvents } from './group-events.ts'
import { ownDevice } from './joiner.ts'
import { loadMls } from './mls.ts'

/**
 * Accounts at its founding from which on a group is made without the post-quantum suite: at two devices each, 250 devices,
 * above which its commits and welcomes have hundreds of KiB (`bench/results/mls.md`).
 */
const POST_QUANTUM_ACCOUNTS = 125

/** Of the accounts that were to be in a group: those that could not be added. */
type Add = (group: string, accounts: readonly string[]) => Promise<{ unreachable: string[] }>

/** A group that was made. */
export interface Founded {
  readonly group: string
  /** Accounts of which no device could be added. */
  readonly unreachable: string[]
}

export class Founder {
  readonly #core: Core
  readonly #auth: Auth
  readonly #book: GroupBook
  readonly #add: Add
  /** Groups that are being made anew. */
  readonly #renewing = new Map<string, Promise<Founded>>()

  /** `add` adds all devices of accounts to a group. */
  constructor(core: Core, auth: Auth, book: GroupBook, add: Add) {
    this.#core = core
    this.#auth = auth
    this.#book = book
    this.#add = add
  }

  /** Founds a group and adds accounts. */
  async found(founding: Founding, accounts: readonly string[], options: { suite?: GroupSuite } = {}): Promise<Founded> {
    const suite = options.suite ?? suiteFor(accounts.length)
    return this.#fill(await this.#make(founding, suite, () => Promise.resolve()), accounts)
  }

  /**
   * Makes a group with the name, the rules and the people of a broken one, as this device last verified them. The broken
   * one gets a notice of it. Called again, it goes on with the group that it made: crashes and doubled commands make no second one.
   *
   * @throws GroupError `groupUnknown`, or `changeInvalid` when the group is not broken; RelayError, OfflineError
   */
  renew(broken: string): Promise<Founded> {
    const running = this.#renewing.get(broken)
    if (running !== undefined) return running
    const renewal = this.#renew(broken).finally(() => this.#renewing.delete(broken))
    this.#renewing.set(broken, renewal)
    return renewal
  }

  async #renew(broken: string): Promise<Founded> {
    const { detailsOf, membersIn } = await loadMls()
    const { state, successor } = await this.#core.transact(async (draft) => {
      const record = await this.#book.record(draft, broken)
      if (record === undefined) throw new GroupError('groupUnknown')
      const last = await this.#book.state(draft, broken)
      if (record.stage !== 'broken' || last === undefined) throw new GroupError('changeInvalid', 'It is not broken.')
      return { state: last, successor: record.successor }
    })
    const { accounts } = membersIn(state)
    const wanted = accounts.filter((account) => !state.left.includes(account))
    if (successor !== undefined) return this.#fill(successor, wanted)
    // Everything that was agreed on but who ruled, and the ways in, which others may know.
    const { roles: _roles, links: _links, ...founding } = detailsOf(state)
    const group = await this.#make(founding, suiteFor(wanted.length), async (draft, made) => {
      const record = await this.#book.record(draft, broken)
      if (record === undefined) return
      this.#book.put(draft, broken, { ...record, successor: made })
      const { account, device } = this.#core.requireAccount()
      const place = { at: this.#core.now(), by: { account, device } }
      await addEvents(this.#core, draft, broken, [{ event: 'renewed', by: account, group: made }], place)
      draft.announceOnce(`group:${broken}`, () => this.#core.events.emit('group', { group: broken }))
    })
    return this.#fill(group, wanted)
  }

  /** Founds a group with this device alone. `alongside` is done in the transaction that keeps it. */
  async #make(
    founding: Founding,
    suite: GroupSuite,
    alongside: (draft: Draft, group: string) => Promise<void>,
  ): Promise<string> {
    const mls = await loadMls()
    const group = toBase64url(randomBytes(16))
    const own = await mls.makeKeyPackage(ownDevice(this.#core), suite, this.#core.now())
    const state = await mls.createGroup(group, own, founding)
    const { policy } = founding
    await this.#auth.call(createGroup, { group, suite, sendKey: state.sendKey.publicKey, policy })
    await this.#core.transact(async (draft) => {
      const record = await this.#book.recordOrNew(draft, group)
      await this.#book.save(draft, group, { ...record, stage: 'joined', behind: false }, undefined, state)
      await this.#book.summarise(draft, group, 'joined', state)
      const { account, device } = this.#core.requireAccount()
      const place = { at: this.#core.now(), by: { account, device } }
      await addEvents(this.#core, draft, group, [{ event: 'created', by: account }], place)
      await alongside(draft, group)
    })
    return group
  }

  async #fill(group: string, accounts: readonly string[]): Promise<Founded> {
    const { account } = this.#core.requireAccount()
    const { unreachable } = await this.#add(group, [account, ...accounts])
    return { group, unreachable: unreachable.filter((id) => id !== account) }
  }
}

function suiteFor(accounts: number): GroupSuite {
  return accounts < POST_QUANTUM_ACCOUNTS ? 83 : 1
}
