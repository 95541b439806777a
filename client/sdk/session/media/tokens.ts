/** Media tokens of this account (SPEC, MD-5, MD-7): some are taken ahead, so that taking and spending say nothing about each other. */

import type { BlindToken } from '#protocol/blind-tokens.ts'
import { type TokenCredential, isTokenKeyInForce } from '#protocol/token-wire.ts'
import { configuration } from '#protocol/http/accounts.ts'
import { issueMediaTokens } from '#protocol/http/media.ts'
import { ERRORS } from '#protocol/errors.ts'
import { LIMITS } from '#protocol/limits.ts'
import { mediaTokens } from '#protocol/media/tokens.ts'
import { RelayError, UnexpectedAnswerError } from '../../transport/errors.ts'
import type { Auth } from '../auth.ts'
import type { Core } from '../core.ts'
import type { Draft } from '../draft.ts'
import { TOKENS, type Tokens, tokensRecord } from './records.ts'

/** As many as a request brings are kept: a day of pictures. */
const AHEAD = LIMITS.tokensPerRequest
/** They are taken at a moment within so long after they became few, in milliseconds. */
const REFILL_WITHIN_MS = 30 * 60_000

export class MediaTokens {
  readonly #core: Core
  readonly #auth: Auth
  #taking: Promise<void> | undefined
  #timer: unknown

  constructor(core: Core, auth: Auth) {
    this.#core = core
    this.#auth = auth
  }

  close(): void {
    this.#core.platform.timers.clear(this.#timer)
  }

  /**
   * Spends tokens on an object. They leave the store in the transaction in which `keep` keeps what they became.
   *
   * @throws RelayError `mediaNotOffered`, `rateLimited`; OfflineError
   */
  async spend(
    name: string,
    count: number,
    keep: (draft: Draft, spent: TokenCredential[]) => Promise<void>,
  ): Promise<void> {
    for (let turn = 0; turn < 3; turn += 1) {
      const isSpent = await this.#core.transact(async (draft) => {
        const record = await this.#read(draft)
        const good = record.tokens.filter(({ keyId }) => isTokenKeyInForce(keyId, this.#core.now()))
        if (good.length < count) return false
        draft.put(tokensRecord, TOKENS, { ...record, tokens: good.slice(count) })
        await keep(
          draft,
          good.slice(0, count).map((token) => mediaTokens.credential(token, name)),
        )
        return true
      })
      if (isSpent) return this.#refillLater()
      await this.#take(count)
    }
    // Those that come are not in force by the clock of this device.
    throw new UnexpectedAnswerError(200)
  }

  /** Takes some ahead, at a moment that has nothing to do with what is sent. */
  #refillLater(): void {
    const { timers, random } = this.#core.platform
    timers.clear(this.#timer)
    this.#timer = timers.set(() => void this.#refill().catch(() => undefined), random() * REFILL_WITHIN_MS)
  }

  async #refill(): Promise<void> {
    const { tokens } = await this.#core.transact((draft) => this.#read(draft))
    if (!this.#core.isClosed && tokens.length < AHEAD) await this.#take(AHEAD)
  }

  #take(atLeast: number): Promise<void> {
    this.#taking ??= this.#request(atLeast).finally(() => (this.#taking = undefined))
    return this.#taking
  }

  /** Takes some ahead as well, unless the account may have no more than it needs. */
  async #request(atLeast: number): Promise<void> {
    try {
      await this.#ask(AHEAD)
    } catch (error) {
      if (!(error instanceof RelayError) || error.code !== 'rateLimited' || atLeast >= AHEAD) throw error
      await this.#ask(atLeast)
    }
  }

  async #ask(count: number): Promise<void> {
    const pending = await this.#core.transact(async (draft) => {
      const record = await this.#read(draft)
      const wanted = record.pending?.length === count ? record.pending : mediaTokens.prepare(count)
      draft.put(tokensRecord, TOKENS, { ...record, pending: wanted })
      return wanted
    })
    // Asked by nobody in particular: everybody is told the same keys.
    const { media } = await this.#core.http.call(configuration, undefined)
    if (media === undefined) throw new RelayError('mediaNotOffered', ERRORS.mediaNotOffered)
    const answer = await this.#auth.call(issueMediaTokens, { blinded: pending.map(({ blinded }) => blinded) })
    const key = media.tokenKeys.find(({ id }) => id === answer.keyId)
    const taken = key === undefined ? undefined : mediaTokens.finish(pending, key, answer)
    await this.#keep(taken ?? [])
    // Not by the key that everybody sees (or a new one began just now): such tokens could be marked.
    if (taken === undefined) throw new UnexpectedAnswerError(200)
  }

  async #keep(taken: readonly BlindToken[]): Promise<void> {
    await this.#core.transact(async (draft) => {
      const { tokens } = await this.#read(draft)
      draft.put(tokensRecord, TOKENS, { tokens: [...tokens, ...taken] })
    })
  }

  async #read(draft: Draft): Promise<Tokens> {
    return (await draft.get(tokensRecord, TOKENS)) ?? { tokens: [] }
  }
}
