import { DatabaseStatementError, DatabaseUnavailableError } from './errors.ts'

/** Neon's proxy takes statements of at most 64 MiB; its answers are held to the same. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024

/** What `openDatabase` adds to the options of each request, and {@link fetchStatement} takes out again. */
export interface TransportOptions {
  /** Where to send statements instead of Neon's own address. */
  endpoint: string | undefined
  /** Milliseconds from the call to the last octet of the answer. */
  timeoutMs: number
}

/**
 * The `fetch` of Neon's driver. The answer is read to its end here, so that the deadline covers all of it and a
 * connection that breaks halfway is told apart from an error of the database.
 *
 * Throws {@link DatabaseUnavailableError}, or {@link DatabaseStatementError} for a status that no retry can change.
 */
export async function fetchStatement(url: string, init: RequestInit & TransportOptions): Promise<Response> {
  const { endpoint, timeoutMs, ...request } = init
  const deadline = new AbortController()
  // A timer that is cleared, not AbortSignal.timeout: a pending one would keep a Durable Object awake.
  const timer = setTimeout(() => deadline.abort(), timeoutMs)
  try {
    const response = await fetch(endpoint ?? url, { ...request, signal: deadline.signal })
    const length = Number(response.headers.get('content-length') ?? 0)
    if (length > MAX_ANSWER_BYTES) throw new DatabaseStatementError({ httpStatus: response.status })
    const body = await response.text()
    // 400 carries the database's own error, which the driver parses.
    if (response.ok || response.status === 400) return new Response(body, { status: response.status })
    throw statusError(response.status)
  } catch (error) {
    if (error instanceof DatabaseStatementError || error instanceof DatabaseUnavailableError) throw error
    throw new DatabaseUnavailableError(deadline.signal.aborted ? 'timeout' : 'unreachable')
  } finally {
    clearTimeout(timer)
  }
}

function statusError(httpStatus: number): Error {
  // 408 and 429 ask for patience; the other 4xx say that the request itself is wrong.
  const retry = httpStatus >= 500 || httpStatus < 400 || httpStatus === 408 || httpStatus === 429
  return retry ? new DatabaseUnavailableError('server', { httpStatus }) : new DatabaseStatementError({ httpStatus })
}
