/** Who is a contact: strangers' messages are requests until somebody decides, and who is blocked is not heard. */

import type { ContactDecision } from '#protocol/content/content.ts'
import { conversationOf, putConversation } from './conversations.ts'
import type { Core } from './core.ts'
import type { Draft } from './draft.ts'
import { ContactBlockedError } from './errors.ts'
import { formerlyTold } from './groups/content.ts'
import type { Outbox } from './outbox.ts'
import type { Receipts } from './receipts.ts'
import type { Decisions } from './sealed/decisions.ts'
import { loadSealedLayer } from './sealed/load.ts'
import type { Sealed } from './sealed/sealed.ts'

export class Contacts {
  readonly #core: Core
  readonly #sealed: Pick<Sealed, 'keyChanged'>
  readonly #decisions: () => Promise<Decisions>

  constructor(core: Core, outbox: Outbox, receipts: Receipts, sealed: Pick<Sealed, 'keyChanged'>) {
    this.#core = core
    this.#sealed = sealed
    this.#decisions = async () => new (await loadSealedLayer()).Decisions(core, outbox, receipts)
  }

  /** Before a message of an account is shown: whether it is in a request, which the first one of a stranger begins. */
  async isRequest(draft: Draft, account: string): Promise<boolean> {
    const record = await conversationOf(draft, account)
    if (record.request === true) return true
    const isStranger = record.nextOrder === 1 && !record.profileSent && !this.#core.settings.acceptsStrangers
    if (isStranger) {
      // What it calls itself may be known of a group, or of a request that was deleted.
      const told = record.name === undefined ? await formerlyTold(draft, account) : undefined
      putConversation(this.#core, draft, account, { ...record, ...told, request: true })
    }
    return isStranger
  }

  /** Before something is written to an account. @throws ContactBlockedError */
  async writesTo(draft: Draft, account: string): Promise<void> {
    const { blocked, request } = await conversationOf(draft, account)
    if (blocked === true) throw new ContactBlockedError()
    if (request === true) await this.#decideIn(draft, account, 'accepted')
  }

  /** Another own device wrote to an account, and told it how we are called. */
  async wroteTo(draft: Draft, account: string): Promise<void> {
    const { request, ...record } = await conversationOf(draft, account)
    if (request === true || !record.profileSent) {
      putConversation(this.#core, draft, account, { ...record, profileSent: true })
    }
  }

  async decide(account: string, decision: ContactDecision): Promise<void> {
    await this.#core.transact((draft) => this.#decideIn(draft, account, decision))
  }

  /** Another own device has decided. */
  async decidedElsewhere(draft: Draft, account: string, decision: ContactDecision): Promise<void> {
    await (await this.#decisions()).elsewhere(draft, account, decision)
  }

  async #decideIn(draft: Draft, account: string, decision: ContactDecision): Promise<void> {
    if (await (await this.#decisions()).here(draft, account, decision)) {
      draft.announce(() => this.#sealed.keyChanged())
    }
  }
}
