/** What one HTTP operation is: the Worker serves it, the SDK calls it, and the OpenAPI document describes it, from this. */

import type * as v from 'valibot'
import type { ErrorCode } from '../errors.ts'

export interface Route<
  TRequest extends v.GenericSchema | undefined = v.GenericSchema | undefined,
  TResponse extends v.GenericSchema = v.GenericSchema,
> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** No parameters: ids and names travel in bodies, so that no URL in a log or a history says who asked for whom. */
  readonly path: `/v1/${string}`
  readonly summary: string
  /** Whether an access token is needed. */
  readonly authenticated: boolean
  /**
   * Whether the caller must stay unknown: then a request with an `authorization` header is refused, and has a correlation id
   * of the relay's own, whatever `traceparent` it carries.
   */
  readonly anonymous?: true
  readonly request: TRequest
  readonly response: TResponse
  /** Codes beyond those that any route may answer. */
  readonly errors: readonly ErrorCode[]
  /** Octets of the body, where it may have more than `LIMITS.httpBodyBytes`. */
  readonly maxBytes?: number
}

/** Codes that any route may answer. */
export const COMMON_ERRORS = ['rateLimited', 'internal'] as const satisfies readonly ErrorCode[]
/** And any route with a body. */
export const BODY_ERRORS = [
  'notJson',
  'malformed',
  'tooLarge',
  'unsupportedMediaType',
] as const satisfies readonly ErrorCode[]
/** And any route that needs a token. */
export const TOKEN_ERRORS = [
  'tokenMissing',
  'tokenInvalid',
  'tokenExpired',
  'tokenRevoked',
  'deviceRevoked',
  'relayUnavailable',
  // A relay that lost its storage asks the database who its devices are.
  'databaseUnavailable',
] as const satisfies readonly ErrorCode[]

/** Keeps the literal types of a route. */
export function route<const TRequest extends v.GenericSchema | undefined, const TResponse extends v.GenericSchema>(
  definition: Route<TRequest, TResponse>,
): Route<TRequest, TResponse> {
  return definition
}
