/** The relay's HTTP operations, called by the route table that the relay serves them from. */

import * as v from 'valibot'
import { ErrorBody } from '#protocol/http/error-body.ts'
import type { Route } from '#protocol/http/route.ts'
import { OfflineError, RelayError, UnexpectedAnswerError } from './errors.ts'

/** A request is given up after this long: a relay that works answers in a second, a bad mobile link in several. */
const TIMEOUT_MS = 15_000

/** The part of the platform's `fetch` that is used. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>

/** The body of a route's request; `undefined` for a route without one. */
export type RequestOf<TRoute extends Route> = TRoute['request'] extends v.GenericSchema
  ? v.InferInput<TRoute['request']>
  : undefined
export type ResponseOf<TRoute extends Route> = v.InferOutput<TRoute['response']>

export class RelayHttp {
  /** The relay's origin. */
  readonly origin: string
  readonly #fetch: Fetch
  readonly #timeoutMs: number

  /** @param relayUrl origin of the relay, e.g. `https://relay.example` */
  constructor(relayUrl: string, fetch: Fetch, timeoutMs: number = TIMEOUT_MS) {
    this.origin = new URL(relayUrl).origin
    this.#fetch = fetch
    this.#timeoutMs = timeoutMs
  }

  /**
   * Calls a route. The answer is parsed by the route's schema.
   *
   * @throws RelayError when the relay refuses
   * @throws OfflineError when it cannot be reached, or not in time
   * @throws UnexpectedAnswerError when the answer matches no schema
   */
  async call<TRoute extends Route>(
    route: TRoute,
    body: RequestOf<TRoute>,
    token?: string,
  ): Promise<ResponseOf<TRoute>> {
    const { status, json } = await this.#exchange(route, body, token)
    if (status >= 200 && status < 300) {
      const parsed = v.safeParse(route.response, json)
      if (!parsed.success) throw new UnexpectedAnswerError(status)
      return parsed.output
    }
    const refused = v.safeParse(ErrorBody, json)
    if (!refused.success) {
      // Gateways answer 502 to 504 for a relay that is away.
      throw status >= 500
        ? new OfflineError({ cause: new UnexpectedAnswerError(status) })
        : new UnexpectedAnswerError(status)
    }
    const { code, message, retryAfterMs, correlationId } = refused.output.error
    throw new RelayError(code, message, { retryAfterMs, correlationId })
  }

  async #exchange(route: Route, body: unknown, token: string | undefined): Promise<{ status: number; json: unknown }> {
    const headers: Record<string, string> = {}
    if (route.request !== undefined) headers['content-type'] = 'application/json'
    if (token !== undefined) headers['authorization'] = `Bearer ${token}`
    let status: number
    let text: string
    try {
      const response = await this.#fetch(this.origin + route.path, {
        method: route.method,
        headers,
        signal: AbortSignal.timeout(this.#timeoutMs),
        credentials: 'omit',
        ...(route.request === undefined ? {} : { body: JSON.stringify(body) }),
      })
      status = response.status
      text = await response.text()
    } catch (error) {
      throw new OfflineError({ cause: error })
    }
    try {
      return { status, json: JSON.parse(text) }
    } catch {
      return { status, json: undefined }
    }
  }
}
