/** Failures as answers. */

import { ERRORS, type ErrorCode, actionFor, statusFor } from '#protocol/errors.ts'
import type { ErrorBody } from '#protocol/http/error-body.ts'

/** Ends a request with a named error. Thrown by handlers, turned into an answer in one place. */
export class Failure extends Error {
  override readonly name = 'Failure'
  readonly code: ErrorCode
  readonly retryAfterMs: number | undefined
  readonly detail: string | undefined

  constructor(code: ErrorCode, more: { readonly retryAfterMs?: number; readonly detail?: string } = {}) {
    super(code)
    this.code = code
    this.retryAfterMs = more.retryAfterMs
    this.detail = more.detail
  }
}

/** The answer to a failure: never a stack, a value or an internal name. */
export function failureResponse(failure: Failure, correlationId: string): Response {
  const { code, detail, retryAfterMs } = failure
  const body: ErrorBody = {
    error: {
      code,
      action: actionFor(code),
      message: ERRORS[code],
      ...(detail !== undefined && { detail }),
      ...(retryAfterMs !== undefined && { retryAfterMs }),
      correlationId,
    },
  }
  const headers = new Headers({ 'content-type': 'application/json' })
  if (retryAfterMs !== undefined) headers.set('retry-after', String(Math.ceil(retryAfterMs / 1_000)))
  return new Response(JSON.stringify(body), { status: statusFor(code), headers })
}
