/** Access tokens: got by signing a challenge with the device key, held in memory only. */

import { toBase64url } from '#protocol/bytes.ts'
import { challenge, logIn, loginSigningInput, socketTicket } from '#protocol/http/auth.ts'
import type { Route } from '#protocol/http/route.ts'
import { LIMITS } from '#protocol/limits.ts'
import { RelayError } from '../transport/errors.ts'
import type { RequestOf, ResponseOf } from '../transport/http.ts'
import type { Core } from './core.ts'
import { NotRegisteredError } from './errors.ts'

/** A token is renewed this long before it ends, so that no request meets its end on the way. */
const RENEW_BEFORE_MS = 60_000

export class Auth {
  readonly #core: Core
  /** By the own clock, which may differ from the relay's. */
  #token: { readonly value: string; readonly until: number } | undefined
  #pending: Promise<string> | undefined

  constructor(core: Core) {
    this.#core = core
  }

  /**
   * Calls a route that needs a token. A refused token is renewed once.
   *
   * @throws RelayError, OfflineError, UnexpectedAnswerError
   */
  async call<TRoute extends Route>(route: TRoute, body: RequestOf<TRoute>): Promise<ResponseOf<TRoute>> {
    try {
      return await this.#core.http.call(route, body, await this.#currentToken())
    } catch (error) {
      if (!(error instanceof RelayError) || error.action !== 'reauthenticate') throw error
      this.forget()
      return this.#core.http.call(route, body, await this.#currentToken())
    }
  }

  /** A ticket for one socket. */
  async ticket(): Promise<string> {
    return (await this.call(socketTicket, undefined)).ticket
  }

  /** The next call signs a new challenge. */
  forget(): void {
    this.#token = undefined
  }

  async #currentToken(): Promise<string> {
    if (this.#token !== undefined && this.#token.until > this.#core.now()) return this.#token.value
    this.#pending ??= this.#logIn().finally(() => (this.#pending = undefined))
    return this.#pending
  }

  async #logIn(): Promise<string> {
    const { account, device } = this.#core.requireAccount()
    const key = this.#core.deviceKey
    if (key === undefined) throw new NotRegisteredError()
    const startedAt = this.#core.now()
    const offered = await this.#core.http.call(challenge, { account, device })
    const signature = toBase64url(
      await key.sign(loginSigningInput(this.#core.http.origin, account, device, offered.challenge)),
    )
    const request = { account, device, challenge: offered.challenge, signature }
    const { token } = await this.#core.http.call(logIn, request)
    this.#token = { value: token, until: startedAt + LIMITS.accessTokenTtl - RENEW_BEFORE_MS }
    return token
  }
}
