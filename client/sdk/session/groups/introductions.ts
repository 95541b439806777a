/** Who is who in groups: members call themselves something inside the encryption, and tell newcomers of others. */

import type { Profile } from '#protocol/content/content.ts'
import type { GroupProfiles } from '#protocol/content/group-content.ts'
import { LIMITS } from '#protocol/limits.ts'
import type { Core } from '../core.ts'
import type { Draft } from '../draft.ts'
import { ownProfile } from '../profile.ts'
import { parseRecord } from '../records.ts'
import type { GroupBook } from './book.ts'
import { profileOf } from './content.ts'
import { loadMls } from './mls.ts'
import type { GroupOutbox } from './outbox.ts'
import { groupRecord } from './records.ts'

export class Introductions {
  readonly #core: Core
  readonly #book: GroupBook
  readonly #outbox: GroupOutbox

  constructor(core: Core, book: GroupBook, outbox: GroupOutbox) {
    this.#core = core
    this.#book = book
    this.#outbox = outbox
  }

  /** Tells a group how this account calls itself. */
  async self(group: string): Promise<void> {
    await this.#core.transact((draft) => {
      this.#outbox.enqueue(draft, group, ownProfile(this.#core.requireAccount()))
      return Promise.resolve()
    })
  }

  /** Tells all groups how this account calls itself from now on, in the transaction that changes it. */
  async changed(draft: Draft, profile: Profile): Promise<void> {
    for (const { partition, value } of await this.#core.store.all('group')) {
      if (parseRecord(groupRecord, value).stage === 'joined') this.#outbox.enqueue(draft, partition, profile)
    }
  }

  /** Tells those whom this account added who is here. */
  everybody(group: string): Promise<void> {
    return this.#core.transact(async (draft) => {
      this.#outbox.enqueue(draft, group, ownProfile(this.#core.requireAccount()))
      await this.#tellOthers(draft, group, [])
    })
  }

  /** Tells those who came by themselves who is here: this account like the others, so that it is one message in most groups. */
  others(group: string): Promise<void> {
    const { account, profileName: name, username } = this.#core.requireAccount()
    const own = { account, name, ...(username === undefined ? {} : { username }) }
    return this.#core.transact((draft) => this.#tellOthers(draft, group, [own]))
  }

  async #tellOthers(draft: Draft, group: string, own: readonly GroupProfiles['profiles'][number][]): Promise<void> {
    const { membersIn } = await loadMls()
    const state = await this.#book.state(draft, group)
    if (state === undefined) return
    const profiles = [...own]
    for (const account of membersIn(state).accounts) {
      if (account === this.#core.requireAccount().account) continue
      const { name, username } = await profileOf(draft, account)
      if (name !== undefined) profiles.push({ account, name, ...(username === undefined ? {} : { username }) })
    }
    for (let at = 0; at < profiles.length; at += LIMITS.groupProfiles) {
      const some = profiles.slice(at, at + LIMITS.groupProfiles)
      this.#outbox.enqueue(draft, group, { kind: 'groupProfiles', profiles: some })
    }
  }

  /** What accounts call themselves, as far as this device knows. */
  async names(accounts: Iterable<string>): Promise<Map<string, string>> {
    return this.#core.transact(async (draft) => {
      const names = new Map<string, string>()
      for (const account of accounts) {
        const { name, username } = await profileOf(draft, account)
        const known = name ?? username
        if (known !== undefined) names.set(account, known)
      }
      return names
    })
  }
}
