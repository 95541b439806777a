/** What this device knows of other devices, for the MLS layer to check leaves with (SPEC, U-2). */

import { fromBase64url } from '#protocol/bytes.ts'
import type { SignedDeviceList } from '#protocol/device-list.ts'
import { fetchDeviceList } from '#protocol/http/devices.ts'
import { LIMITS } from '#protocol/limits.ts'
import type { DeviceAddress } from '#protocol/primitives.ts'
import type { DeviceResolver } from '../../mls/credential.ts'
import { RelayError } from '../../transport/errors.ts'
import type { Auth } from '../auth.ts'
import type { Core } from '../core.ts'
import { adoptDeviceList, knownDeviceList } from '../directory.ts'
import type { Draft } from '../draft.ts'
import { DeviceListError } from '../errors.ts'

/** A commit this old may be about devices that have left their account since, of which the newest list says nothing. */
const OLD_MS = 60 * 60_000

/** Device lists that are asked for at once. */
const FETCH_AT_ONCE = 8
/**
 * And for one step: what a commit adds at most. Whoever joins a larger group takes the other leaves on the word of who
 * let it in, who signed the tree; the relay answers 120 such questions a minute.
 */
const FETCH_MOST = LIMITS.groupDevicesPerCommit

/** Device lists that a step needs and that are not known, or not new enough: fetch them, and do the step again. */
export class ListsNeededError extends Error {
  override readonly name = 'ListsNeededError'
  readonly accounts: readonly string[]
  constructor(accounts: readonly string[]) {
    super('Device lists have to be fetched first.')
    this.accounts = accounts
  }
}

export class DeviceKeys {
  readonly #core: Core
  readonly #auth: Auth

  constructor(core: Core, auth: Auth) {
    this.#core = core
    this.#auth = auth
  }

  /**
   * Runs a transaction that may find that it needs device lists: then they are fetched, and it runs once more.
   *
   * @param step gets a resolver for its draft. `at` is when what it checks was accepted, in milliseconds
   */
  async transact<T>(step: (draft: Draft, resolver: (at: number) => DeviceResolver) => Promise<T>): Promise<T> {
    const asked = new Set<string>()
    for (;;) {
      try {
        return await this.#core.transact(async (draft) => {
          const missing = new Set<string>()
          const result = await step(draft, (at) => this.#resolver(draft, asked, missing, at))
          if (missing.size > 0) throw new ListsNeededError([...missing])
          return result
        })
      } catch (error) {
        if (!(error instanceof ListsNeededError)) throw error
        for (const account of error.accounts) asked.add(account)
        await this.fetch(error.accounts)
      }
    }
  }

  /** Fetches and adopts lists. An account whose identity has changed, or that is no more, keeps the one that is known. */
  async fetch(accounts: readonly string[]): Promise<void> {
    const wanted = accounts.slice(0, FETCH_MOST)
    for (let at = 0; at < wanted.length; at += FETCH_AT_ONCE) {
      const some = wanted.slice(at, at + FETCH_AT_ONCE)
      const lists = await Promise.all(some.map((account) => this.#fetch(account)))
      await this.#core.transact(async (draft) => {
        for (const [index, list] of lists.entries()) {
          const account = some[index]
          if (account !== undefined && list !== undefined) await this.adopt(draft, account, list)
        }
      })
    }
  }

  /** Adopts a list that came with something else. */
  async adopt(draft: Draft, account: string, list: SignedDeviceList): Promise<void> {
    try {
      await adoptDeviceList(draft, this.#core.requireAccount(), account, list)
    } catch (error) {
      // The known one stays; an offered identity is noted, and shown where the person is written to.
      if (!(error instanceof DeviceListError)) throw error
    }
  }

  async #fetch(account: string): Promise<SignedDeviceList | undefined> {
    try {
      return (await this.#auth.call(fetchDeviceList, { account })).deviceList
    } catch (error) {
      if (error instanceof RelayError && error.code === 'unknownRecipient') return undefined
      throw error
    }
  }

  /** Answers for what is not known as if it were well, notes it in `missing`, and has the step done again. */
  #resolver(draft: Draft, asked: ReadonlySet<string>, missing: Set<string>, at: number): DeviceResolver {
    return async ({ account, device }: DeviceAddress) => {
      const list = await knownDeviceList(draft, account)
      const found = list?.devices.find(({ id }) => id === device)
      if (found !== undefined) return fromBase64url(found.deviceKey)
      if (!asked.has(account)) {
        missing.add(account)
        return 'departed'
      }
      const highest = Math.max(0, ...(list?.devices.map(({ id }) => id) ?? []))
      const mayHaveLeft = device < highest || at < this.#core.now() - OLD_MS
      return list !== undefined && mayHaveLeft ? 'departed' : undefined
    }
  }
}
