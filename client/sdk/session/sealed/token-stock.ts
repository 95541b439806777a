/** Delivery tokens, for writing to strangers: taken ahead, kept, each spent on one message (SPEC, X-11 to ). */

import { deliveryTokens } from '#protocol/http/deliveries.ts'
import { LIMITS } from '#protocol/limits.ts'
import { type DeliveryToken, finishTokens, prepareTokens } from '#protocol/sealed/tokens.ts'
import { isTokenKeyInForce } from '#protocol/token-wire.ts'
import { RelayError } from '../../transport/errors.ts'
import type { Auth } from '../auth.ts'
import type { Core } from '../core.ts'
import type { Draft } from '../draft.ts'
import type { Deployment } from './deployment.ts'
import { PENDING_TOKENS, TOKENS, pendingTokensRecord, tokenKey, tokenRecord } from './records.ts'

/** Fewer are filled up. */
const LOW = LIMITS.tokensPerRequest
/** More than there ever are. */
const ALL = 4 * LOW
/** Between two requests, at random: the moments must say nothing of when tokens were spent. */
const REFILL_MS = [1 * 60_000, 30 * 60_000] as const
/** After the day's tokens are used up, or an answer that proves nothing. */
const REFUSED_MS = 6 * 60 * 60_000

export class TokenStock {
  readonly #core: Core
  readonly #auth: Auth
  readonly #deployment: Deployment
  /** When {@link follow} asks; at once on a device that has none. */
  #askAt = 0
  #count = 0

  constructor(core: Core, auth: Auth, deployment: Deployment) {
    this.#core = core
    this.#auth = auth
    this.#deployment = deployment
  }

  async load(): Promise<void> {
    this.#count = (await this.#core.transact((draft) => this.#usable(draft))).length
    if (this.#count > 0) this.#askLater(REFILL_MS[1])
  }

  /** How many there are. */
  get count(): number {
    return this.#count
  }

  /** Whether there may be some soon that were not asked for yet. */
  get isUnasked(): boolean {
    return this.#count === 0 && this.#askAt === 0
  }

  /** When {@link follow} has something to do; `undefined` when never. */
  get due(): number | undefined {
    return this.#count < LOW ? this.#askAt : undefined
  }

  /** Takes one out of the stock. It is gone with the commit of what it goes along with. */
  async take(draft: Draft): Promise<DeliveryToken | undefined> {
    const [first] = await this.#usable(draft)
    if (first === undefined) return undefined
    draft.delete(tokenKey(first.order))
    draft.announce(() => {
      this.#count -= 1
      if (this.#count < LOW) this.#askLater(REFILL_MS[1])
    })
    return first.token
  }

  /** Takes more, when that is due. @throws RelayError, OfflineError */
  async follow(): Promise<void> {
    if (this.due === undefined || this.#core.now() < this.due) return
    const pending = await this.#core.transact(async (draft) => {
      const known = await draft.get(pendingTokensRecord, PENDING_TOKENS)
      const asked = known?.pending ?? prepareTokens(LIMITS.tokensPerRequest)
      if (known === undefined)
        draft.put(pendingTokensRecord, PENDING_TOKENS, { pending: asked.map((one) => ({ ...one })) })
      return asked
    })
    try {
      const answer = await this.#auth.call(deliveryTokens, { blinded: pending.map(({ blinded }) => blinded) })
      const key = await this.#deployment.tokenKey(answer.keyId)
      // Without a valid proof under the key that everybody sees, the deployment could tell these tokens from others.
      const tokens = key === undefined ? undefined : finishTokens(pending, key, answer)
      await this.#core.transact(async (draft) => {
        draft.delete(PENDING_TOKENS)
        const last = (await this.#all(draft)).at(-1)?.order ?? 0
        tokens?.forEach((token, at) => draft.put(tokenRecord, tokenKey(last + 1 + at), { ...token }))
      })
      this.#count = (await this.#core.transact((draft) => this.#usable(draft))).length
      this.#askLater(tokens === undefined ? REFUSED_MS : REFILL_MS[1])
    } catch (error) {
      // Whoever could not be asked is asked again soon, and what needs a token waits for that.
      if (!(error instanceof RelayError) || (error.action === 'retry' && error.code !== 'rateLimited')) throw error
      this.#askLater(REFUSED_MS)
    }
  }

  #askLater(atMost: number): void {
    const least = Math.min(REFILL_MS[0], atMost)
    this.#askAt = this.#core.now() + least + this.#core.platform.random() * (atMost - least)
  }

  /** Tokens in force, the oldest first. Others go. */
  async #usable(draft: Draft): Promise<{ readonly order: number; readonly token: DeliveryToken }[]> {
    const usable: { order: number; token: DeliveryToken }[] = []
    for (const { order, value } of await this.#all(draft)) {
      if (isTokenKeyInForce(value.keyId, this.#core.now())) usable.push({ order, token: value })
      else draft.delete(tokenKey(order))
    }
    return usable
  }

  #all(draft: Draft) {
    return draft.range(tokenRecord, TOKENS, { after: -1, before: Infinity, limit: ALL })
  }
}
