/** Moves sealed octets to the storage and from it, by signed addresses. Knows neither keys nor messages. */

import { LIMITS } from '#protocol/limits.ts'
import { OfflineError } from '../transport/errors.ts'
import type { Fetch } from '../transport/http.ts'
import { AddressExpiredError, MediaCancelledError, MediaError } from './errors.ts'

/** A part is given up after this long: 5 MiB at 140 kbit/s. */
const PUT_TIMEOUT_MS = 5 * 60_000
/** A download is given up when nothing comes for this long. */
const STALL_MS = 30_000

export interface Transfer {
  readonly fetch: Fetch
  readonly signal: AbortSignal
}

/** @throws MediaCancelledError when it was ended on purpose, else {@link OfflineError} */
function lost(error: unknown, signal: AbortSignal): Error {
  return signal.aborted ? new MediaCancelledError() : new OfflineError({ cause: error })
}

/**
 * Puts a part where it belongs. Answers its etag.
 *
 * @throws AddressExpiredError, OfflineError, MediaCancelledError
 */
export async function putPart(
  { fetch, signal }: Transfer,
  url: string,
  body: Uint8Array<ArrayBuffer>,
): Promise<string> {
  const given = AbortSignal.any([signal, AbortSignal.timeout(PUT_TIMEOUT_MS)])
  let response: Response
  try {
    response = await fetch(url, {
      method: 'PUT',
      body,
      signal: given,
      credentials: 'omit',
      referrerPolicy: 'no-referrer',
    })
    // The connection is free when its answer was read.
    await response.arrayBuffer()
  } catch (error) {
    throw lost(error, signal)
  }
  // Of an upload that ended meanwhile, too (404): asking for a new address tells.
  if (response.status === 403 || response.status === 404) throw new AddressExpiredError()
  const etag = response.headers.get('etag')?.replace(/^W\//, '').replaceAll('"', '')
  if (!response.ok || etag === undefined || etag === '') {
    throw new OfflineError({ cause: new Error(`The storage answered ${response.status}.`) })
  }
  return etag
}

/**
 * The chunks of an object, from one of them on. They are as long as they should be, and not verified.
 *
 * @param sealed octets that the object has to have
 * @throws AddressExpiredError; MediaError `mediaGone`, `mediaTruncated`; OfflineError, MediaCancelledError
 */
export async function* getChunks(
  { fetch, signal }: Transfer,
  url: string,
  from: number,
  sealed: number,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
  const start = from * LIMITS.mediaChunkBytes
  const watch = new StallWatch(signal)
  try {
    const response = await request(fetch, url, start, watch, signal)
    const announced = response.headers.get('content-length')
    const expected = response.status === 200 ? sealed : sealed - start
    if (announced !== null && Number(announced) !== expected) throw new MediaError('mediaTruncated')
    // A storage that knows no ranges begins at the beginning.
    let skip = response.status === 200 ? start : 0
    let left = sealed - start
    let chunk = new Uint8Array(Math.min(LIMITS.mediaChunkBytes, left))
    let filled = 0
    for await (const read of piecesOf(response, watch, signal)) {
      let octets = read.subarray(Math.min(skip, read.length))
      skip -= read.length - octets.length
      while (octets.length > 0) {
        if (left === 0) throw new MediaError('mediaTruncated')
        const some = octets.subarray(0, chunk.length - filled)
        chunk.set(some, filled)
        filled += some.length
        octets = octets.subarray(some.length)
        if (filled < chunk.length) continue
        left -= chunk.length
        const whole = chunk
        chunk = new Uint8Array(Math.min(LIMITS.mediaChunkBytes, left))
        filled = 0
        yield whole
      }
    }
    if (left > 0) throw new MediaError('mediaTruncated')
  } finally {
    watch.end()
  }
}

async function request(
  fetch: Fetch,
  url: string,
  start: number,
  watch: StallWatch,
  signal: AbortSignal,
): Promise<Response> {
  let response: Response
  try {
    response = await fetch(url, {
      method: 'GET',
      headers: start === 0 ? {} : { range: `bytes=${start}-` },
      signal: watch.signal,
      credentials: 'omit',
      referrerPolicy: 'no-referrer',
      cache: 'no-store',
    })
  } catch (error) {
    throw lost(error, signal)
  }
  if (response.ok) return response
  await response.body?.cancel().catch(() => undefined)
  if (response.status === 404) throw new MediaError('mediaGone')
  if (response.status === 416) throw new MediaError('mediaTruncated')
  if (response.status === 403) throw new AddressExpiredError()
  throw new OfflineError({ cause: new Error(`The storage answered ${response.status}.`) })
}

async function* piecesOf(response: Response, watch: StallWatch, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const reader = response.body?.getReader()
  if (reader === undefined) return
  try {
    for (;;) {
      watch.alive()
      const { done, value } = await reader.read()
      if (done) return
      // What is done with it may take longer than octets may be away.
      watch.pause()
      yield value
    }
  } catch (error) {
    throw error instanceof MediaError ? error : lost(error, signal)
  } finally {
    await reader.cancel().catch(() => undefined)
  }
}

/** Aborts what stands still. */
class StallWatch {
  readonly #own = new AbortController()
  readonly signal: AbortSignal
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(outer: AbortSignal) {
    this.signal = AbortSignal.any([outer, this.#own.signal])
    this.alive()
  }

  alive(): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#own.abort(), STALL_MS)
  }

  pause(): void {
    clearTimeout(this.#timer)
  }

  end(): void {
    this.pause()
    this.#own.abort()
  }
}
