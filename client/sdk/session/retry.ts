/** Messages that could not be read: who cannot read asks, who sent sends again under a new session. */

import * as v from 'valibot'
import { toBase64url } from '#protocol/bytes.ts'
import type { DeliveredEnvelope } from '#protocol/frames/deliver.ts'
import { KnownContent } from '#protocol/content/content.ts'
import { IdentityChangedError } from '../crypto/errors.ts'
import type { Core } from './core.ts'
import { pinIdentity } from './directory.ts'
import type { Draft } from './draft.ts'
import type { Outbox } from './outbox.ts'
import { profileForContacts } from './profile.ts'
import {
  quarantineKey,
  quarantineRecord,
  sentIndexKey,
  sentIndexRecord,
  sentKey,
  sentRecord,
  sessionKey,
  sessionRecord,
} from './records.ts'

/** Times that one message is sent again: an answer that still cannot be read after that has another cause. */
const MAX_RESENDS = 3
/** A session is started anew at most this often: what was under way fails too, and needs no session of its own. */
const RENEW_EVERY_MS = 60_000
/** Requests to one account: at once, and one more each so many milliseconds. Bounds what hostile senders can cause. */
const REQUEST_BURST = 64
const REQUEST_REFILL_MS = 10_000
/** Envelopes kept in quarantine; older ones go first. */
const QUARANTINE_LIMIT = 1_000

export function askAgain(draft: Draft, outbox: Outbox, account: string, messageId: string): void {
  outbox.enqueue(draft, { to: account, content: { kind: 'retryRequest', messageId } })
}

export class Retry {
  readonly #core: Core
  readonly #outbox: Outbox
  /** Requests left for an account, as of a moment. In memory: a restart grants a new burst, which does no harm. */
  readonly #budgets = new Map<string, { left: number; at: number }>()

  constructor(core: Core, outbox: Outbox) {
    this.#core = core
    this.#outbox = outbox
  }

  /** Keeps an unreadable envelope aside and asks its sender for the message again, where that can help. */
  async quarantine(draft: Draft, envelope: DeliveredEnvelope, code: string, error?: unknown): Promise<void> {
    const { from, messageId, at, body } = envelope
    let asked = false
    if (from !== undefined && error instanceof IdentityChangedError) {
      await pinIdentity(draft, from.account, toBase64url(error.identityKey))
    } else if (from !== undefined && isWorthAsking(code) && this.#spend(from.account)) {
      asked = true
      await this.#renewSession(draft, from.account, from.device)
      askAgain(draft, this.#outbox, from.account, messageId)
    }
    const order = this.#core.counters.next('quarantine')
    draft.put(quarantineRecord, quarantineKey(order), {
      messageId,
      ...(from === undefined ? {} : { from }),
      at,
      body,
      code,
      asked,
    })
    if (order > QUARANTINE_LIMIT) draft.delete(quarantineKey(order - QUARANTINE_LIMIT))
    const sender = from === undefined ? {} : { from: from.account }
    draft.announce(() => this.#core.events.emit('undecryptable', { ...sender, messageId, code, asked }))
  }

  /** Sends again what `account` could not read; not what it was never sent, and not for ever. */
  async answer(draft: Draft, account: string, messageId: string): Promise<void> {
    const index = await draft.get(sentIndexRecord, sentIndexKey(messageId))
    const sent = index === undefined ? undefined : await draft.get(sentRecord, sentKey(index.order))
    if (index === undefined || sent === undefined || sent.to !== account || sent.resent >= MAX_RESENDS) return
    // The same request, asked again, is answered only as often as it may be.
    const resent = sent.resent + 1
    draft.put(sentRecord, sentKey(index.order), { ...sent, resent })
    const kept = v.parse(KnownContent, sent.content)
    // A profile may have changed since.
    const content = kept.kind === 'profile' ? profileForContacts(this.#core.requireAccount()) : kept
    // The relay refuses another ciphertext under a known id, and who could read it must not take it for another message: it
    // goes under a new id, wrapped with its first one.
    const wrapped = { kind: 'resent', messageId: sent.wireId, content } as const
    this.#outbox.enqueue(draft, { to: account, content: wrapped, resent, of: sent.of })
  }

  async #renewSession(draft: Draft, account: string, device: number): Promise<void> {
    const key = sessionKey(account, device)
    const session = await draft.get(sessionRecord, key)
    const now = this.#core.now()
    if (session === undefined || (session.renewedAt ?? 0) > now - RENEW_EVERY_MS) return
    draft.put(sessionRecord, key, { ...session, renew: true, renewedAt: now })
  }

  #spend(account: string): boolean {
    const now = this.#core.now()
    const budget = this.#budgets.get(account) ?? { left: REQUEST_BURST, at: now }
    const left = Math.min(REQUEST_BURST, budget.left + (now - budget.at) / REQUEST_REFILL_MS)
    this.#budgets.set(account, { left: Math.max(0, left - 1), at: now })
    return left >= 1
  }
}

/** A message that was read before is not missing, and content that is none is none the next time too. */
function isWorthAsking(code: string): boolean {
  return code !== 'duplicate' && code !== 'contentInvalid' && code !== 'identityChanged'
}
