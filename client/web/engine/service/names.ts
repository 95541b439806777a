/** What accounts call themselves: for authors of messages, and accounts in events of groups. */

import type { Engine, Message } from '#sdk/index.ts'

export class Names {
  readonly #engine: Engine
  readonly #known = new Map<string, string>()
  readonly #foundAs: (account: string) => string | undefined

  /** @param foundAs under which username an account was found that has not said yet how it is called */
  constructor(engine: Engine, foundAs: (account: string) => string | undefined) {
    this.#engine = engine
    this.#foundAs = foundAs
    engine.on('profile', ({ account, name, username }) => {
      const known = name === '' ? username : name
      if (known !== undefined) this.#known.set(account, known)
    })
  }

  of(account: string): string | undefined {
    const known = this.#known.get(account)
    if (known !== undefined) return known
    const username = this.#foundAs(account)
    return username === undefined ? undefined : `@${username}`
  }

  /** Whether an account has said how it is called. Who was only found under a username may have, and it was not asked for yet. */
  isKnown(account: string): boolean {
    return this.#known.has(account)
  }

  /** Makes sure that the names in these messages of a group are known, as far as the engine knows them. */
  prepare(messages: readonly Message[]): Promise<void> {
    return this.learn(messages.flatMap(accountsIn))
  }

  /** Makes sure that the names of these members of groups are known, as far as the engine knows them. */
  async learn(accounts: readonly string[]): Promise<void> {
    const unknown = new Set(accounts.filter((account) => !this.#known.has(account)))
    if (unknown.size === 0) return
    for (const [account, name] of await this.#engine.groups.names(unknown)) this.#known.set(account, name)
  }
}

/** What the accounts in a message are called, as far as it is known, of the first so many. */
export function namesIn(message: Message, names: Names, most = Infinity): Record<string, string> {
  const known = accountsIn(message)
    .slice(0, most)
    .flatMap((account): [string, string][] => {
      const name = names.of(account)
      return name === undefined ? [] : [[account, name]]
    })
  return Object.fromEntries(known)
}

/** The other accounts that a message of a group is about: its author, who shared it, and those in an event. */
export function accountsIn({ from, sharedBy, quote, content }: Message): string[] {
  if (content.kind !== 'groupEvent') return [from, sharedBy, quote?.author].filter((account) => account !== undefined)
  const { event } = content
  const accounts = 'accounts' in event ? [...event.accounts] : 'account' in event ? [event.account] : []
  return 'by' in event && event.by !== undefined ? [event.by, ...accounts] : accounts
}
