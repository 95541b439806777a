/**
 * Whether the key log shows a group's members (SPEC, Q-29): each device that messages are encrypted for. A device that was shown once need
 * not be again: the log is asked about new ones alone, many accounts at once, and never for a message.
 */

import { sha256 } from '@noble/hashes/sha2.js'
import { fromBase64url, toBase64url, utf8 } from '#protocol/bytes.ts'
import type { GroupState } from '../../mls/group-state.ts'
import type { GroupMember } from '../../mls/members.ts'
import type { Core } from '../core.ts'
import type { Draft } from '../draft.ts'
import type { KeyLog } from '../key-log/key-log.ts'
import { DEFAULT_KEY_LOG_TIMING } from '../key-log/timing.ts'
import type { GroupBook } from './book.ts'
import { loadMls } from './mls.ts'
import { groupProofsKey, groupProofsRecord } from './records.ts'

/** Accounts that are looked at in one transaction: their leaves' signatures are verified in it. */
const AT_ONCE = 32

/** What is needed of the key log. */
export type MemberLog = Pick<KeyLog, 'shows' | 'want' | 'stopsGroupsWith' | 'leafUnlogged'>

/** What stands of a group's members. */
interface Standing {
  /** Whose lists the log has to show first. */
  readonly waiting: Set<string>
  /** Devices that the log does not show for their accounts. */
  readonly unlogged: { readonly name: string; readonly member: GroupMember }[]
}

export class MemberProofs {
  readonly #core: Core
  readonly #book: GroupBook
  readonly #log: MemberLog
  /** By group, the tree's members that were all shown; and when they were looked at. */
  readonly #proven = new Map<string, { readonly list: readonly GroupMember[]; readonly at: number }>()
  /** By group, accounts that it waits for. */
  readonly #waiting = new Map<string, Set<string>>()
  /** By group, accounts that were looked up because their leaf is not in the list that is known: what is missing now, is. */
  readonly #asked = new Map<string, Set<string>>()

  constructor(core: Core, book: GroupBook, log: MemberLog) {
    this.#core = core
    this.#book = book
    this.#log = log
  }

  /** Whether a group may be sent to. If not, what is missing is asked for, and {@link released} says when to ask again. */
  async permit(group: string): Promise<boolean> {
    const state = await this.#core.transact((draft) => this.#book.state(draft, group))
    if (state === undefined) return true
    const { membersIn } = await loadMls()
    const own = this.#core.requireAccount().account
    const { list, accounts: all } = membersIn(state)
    const accounts = all.filter((account) => account !== own)
    if (accounts.some((account) => this.#log.stopsGroupsWith(account))) return false
    const proven = this.#proven.get(group)
    if (proven?.list === list) {
      this.#recheck(group, accounts)
      return true
    }
    const standing: Standing = { waiting: new Set(), unlogged: [] }
    for (let at = 0; at < accounts.length; at += AT_ONCE) {
      const some = new Set(accounts.slice(at, at + AT_ONCE))
      const members = list.filter(({ account }) => some.has(account))
      await this.#core.transact((draft) => this.#look(draft, group, state, members, standing))
    }
    if (standing.unlogged.length > 0) return this.#unlogged(group, standing)
    if (standing.waiting.size > 0) return this.#wait(group, standing.waiting)
    this.#waiting.delete(group)
    this.#asked.delete(group)
    this.#proven.set(group, { list, at: this.#core.now() })
    return true
  }

  /** The log was asked for an account, or, without one, everything is to be looked at again. Answers the groups that may go on. */
  released(account: string | undefined): string[] {
    if (account === undefined) {
      const groups = [...this.#waiting.keys()]
      this.#waiting.clear()
      this.#asked.clear()
      this.#proven.clear()
      return groups
    }
    const free: string[] = []
    for (const [group, accounts] of this.#waiting) {
      if (accounts.delete(account) && accounts.size === 0) free.push(group)
    }
    return free
  }

  /** Sorts members by what the log shows of them, and keeps those that it does. */
  async #look(
    draft: Draft,
    group: string,
    state: GroupState,
    members: readonly GroupMember[],
    { waiting, unlogged }: Standing,
  ): Promise<void> {
    const { isVouched, leafName } = await loadMls()
    const record = (await draft.get(groupProofsRecord, groupProofsKey(group))) ?? { shown: [] }
    const shown = new Set(record.shown)
    const before = shown.size
    for (const member of members) {
      const name = leafName(state, member)
      if (shown.has(name) || waiting.has(member.account)) continue
      const list = await this.#log.shows(draft, member.account)
      if (list === 'unrequired') continue
      if (list === undefined) {
        waiting.add(member.account)
        continue
      }
      const devices = list === 'absent' ? [] : list.devices
      const key = devices.find(({ id }) => id === member.device)?.deviceKey
      const isShown = key !== undefined && (await isVouched(state, member, fromBase64url(key)))
      if (isShown || (await this.#log.leafUnlogged(draft, leafOf(group, name, member), 'accepted'))) shown.add(name)
      else unlogged.push({ name, member })
    }
    if (shown.size !== before) draft.put(groupProofsRecord, groupProofsKey(group), { shown: [...shown] })
  }

  /** A list may be older than a leaf: it is looked up once more before anybody is alarmed. */
  async #unlogged(group: string, { waiting, unlogged }: Standing): Promise<false> {
    const asked = this.#asked.get(group) ?? new Set()
    this.#asked.set(group, asked)
    const certain = unlogged.filter(({ member }) => asked.has(member.account))
    for (const { account } of unlogged.map(({ member }) => member)) {
      if (!asked.has(account)) waiting.add(account)
    }
    for (const { member } of unlogged) asked.add(member.account)
    await this.#core.transact(async (draft) => {
      for (const { name, member } of certain) await this.#log.leafUnlogged(draft, leafOf(group, name, member), 'raise')
    })
    return this.#wait(group, waiting)
  }

  #wait(group: string, accounts: Set<string>): false {
    this.#waiting.set(group, accounts)
    for (const account of accounts) this.#log.want(account)
    return false
  }

  /** Once a day, beside what is sent, all are looked up again: else a relay could keep showing what once was. */
  #recheck(group: string, accounts: readonly string[]): void {
    const proven = this.#proven.get(group)
    const { recheckAfter } = this.#core.platform.timing.keyLog ?? DEFAULT_KEY_LOG_TIMING
    const now = this.#core.now()
    if (proven === undefined || now - proven.at < recheckAfter) return
    this.#proven.set(group, { ...proven, at: now })
    for (const account of accounts) this.#log.want(account)
  }
}

/** A device's leaf, as an alarm names it: decided once, the same is not brought up again. */
function leafOf(group: string, name: string, { account, device }: GroupMember) {
  const subject = toBase64url(sha256(utf8(`${group} ${name}`)))
  return { group, account, device, subject }
}
