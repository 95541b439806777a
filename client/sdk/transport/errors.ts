import { actionFor, type ErrorAction, type ErrorCode } from '#protocol/errors.ts'

/** The relay refused a request. `action` says what a program should do next; `message` is for people. */
export class RelayError extends Error {
  override readonly name = 'RelayError'
  readonly code: ErrorCode
  readonly action: ErrorAction
  /** Milliseconds to wait before the same request can succeed, where the relay said so. */
  readonly retryAfterMs: number | undefined
  /** Finds the request in the relay's log. */
  readonly correlationId: string | undefined

  constructor(
    code: ErrorCode,
    message: string,
    details: { retryAfterMs?: number | undefined; correlationId?: string } = {},
  ) {
    super(message)
    this.code = code
    this.action = actionFor(code)
    this.retryAfterMs = details.retryAfterMs
    this.correlationId = details.correlationId
  }
}

/** The relay could not be reached, or did not answer in time. Whether it acted on the request is unknown. */
export class OfflineError extends Error {
  override readonly name = 'OfflineError'
  readonly code = 'offline'
  constructor(options?: ErrorOptions) {
    super('The relay cannot be reached.', options)
  }
}

/** What answered is no relay of this protocol version: a proxy's page, or a newer relay. */
export class UnexpectedAnswerError extends Error {
  override readonly name = 'UnexpectedAnswerError'
  readonly code = 'unexpectedAnswer'
  readonly status: number
  constructor(status: number) {
    super(`The answer (status ${status}) is not what this protocol version says.`)
    this.status = status
  }
}
