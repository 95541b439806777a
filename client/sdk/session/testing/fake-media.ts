/**
 * The edge and the storage of media in memory, for the engine's tests: real tokens and sizes, signed addresses that expire,
 * and everything that can go wrong with either. The real ones are tested in `workers/media` and `test/system`.
 */

import type * as v from 'valibot'
import { issuingKeyId } from '#protocol/token-wire.ts'
import { concatBytes, randomBytes, toBase64url } from '#protocol/bytes.ts'
import type { ErrorCode } from '#protocol/errors.ts'
import type { ROUTES } from '#protocol/http/routes.ts'
import { RELAY_LIMITS } from '#protocol/relay-limits.ts'
import { mediaName } from '#protocol/media/object.ts'
import { partCount, partSize, tokensFor } from '#protocol/media/sizes.ts'
import { mediaTokens } from '#protocol/media/tokens.ts'

const STORAGE = 'https://storage.test/'

type MediaRoutes = Pick<
  typeof ROUTES,
  'issueMediaTokens' | 'createMedia' | 'resumeMedia' | 'completeMedia' | 'fetchMedia' | 'renewMedia' | 'deleteMedia'
>
type RequestOf<K extends keyof MediaRoutes> = v.InferOutput<MediaRoutes[K]['request']>

interface StoredUpload {
  readonly release: string
  readonly bytes: number
  readonly hours: number
  readonly parts: Map<number, { readonly etag: string; readonly octets: Uint8Array }>
  isComplete: boolean
}

/** What may go wrong. */
export interface MediaFaults {
  /** Instead of what the storage would answer. */
  storage?: (method: string, part: number | undefined) => Response | 'lost' | undefined
  /** Instead of what the edge would answer. */
  edge?: (name: keyof MediaRoutes) => ErrorCode | undefined
  /** The connection breaks after so many octets of a download. */
  breakAfter?: number | undefined
}

export class FakeMedia {
  faults: MediaFaults = {}
  /** By object name. */
  readonly uploads = new Map<string, StoredUpload>()
  readonly objects = new Map<string, Uint8Array<ArrayBuffer>>()
  /** Every request to the storage. */
  readonly requests: { readonly method: string; readonly part?: number; readonly range?: string }[] = []
  readonly ended: string[] = []
  tokensIssued = 0
  readonly #seed = randomBytes(32)
  readonly #spent = new Map<string, string>()
  /** Signed addresses that count. */
  readonly #addresses = new Set<string>()

  holds(url: string): boolean {
    return url.startsWith(STORAGE)
  }

  configuration(now: number): { tokenKeys: { id: number; publicKey: string }[] } {
    const { id, publicKey } = mediaTokens.deriveKey(this.#seed, issuingKeyId(now))
    return { tokenKeys: [{ id, publicKey: toBase64url(publicKey) }] }
  }

  /** Every address that was given out is too old now. */
  expireAddresses(): void {
    this.#addresses.clear()
  }

  /** What the relay answers; a code when it refuses. */
  serve(name: keyof MediaRoutes, body: RequestOf<keyof MediaRoutes>, now: number): object | ErrorCode {
    const refused = this.faults.edge?.(name)
    if (refused !== undefined) return refused
    switch (name) {
      case 'issueMediaTokens': {
        const request = body as RequestOf<'issueMediaTokens'>
        this.tokensIssued += request.blinded.length
        return mediaTokens.issue(mediaTokens.deriveKey(this.#seed, issuingKeyId(now)), request) ?? 'malformed'
      }
      case 'createMedia':
        return this.#create(body as RequestOf<'createMedia'>, now)
      case 'resumeMedia': {
        const { name: object, release, parts } = body as RequestOf<'resumeMedia'>
        const upload = this.uploads.get(object)
        return upload?.release === release ? this.#answer(object, upload, parts, now) : 'mediaNotFound'
      }
      case 'completeMedia':
        return this.#complete(body as RequestOf<'completeMedia'>, now)
      case 'fetchMedia':
        return { url: this.#sign(mediaName((body as RequestOf<'fetchMedia'>).object)), until: now + 1 }
      case 'renewMedia':
        return 'mediaNotFound'
      case 'deleteMedia': {
        const { name: object, release } = body as RequestOf<'deleteMedia'>
        const upload = this.uploads.get(object)
        if (upload !== undefined && upload.release !== release) return 'mediaNotFound'
        this.uploads.delete(object)
        this.objects.delete(object)
        this.ended.push(object)
        return {}
      }
    }
  }

  exchange(url: string, init: RequestInit): Promise<Response> {
    const { pathname, searchParams } = new URL(url)
    const name = pathname.slice(1)
    const method = init.method ?? 'GET'
    const part = searchParams.has('part') ? Number(searchParams.get('part')) : undefined
    const range = new Headers(init.headers).get('range') ?? undefined
    this.requests.push({ method, ...(part === undefined ? {} : { part }), ...(range === undefined ? {} : { range }) })
    if (init.signal?.aborted === true) return Promise.reject(new TypeError('aborted'))
    const fault = this.faults.storage?.(method, part)
    if (fault === 'lost') return Promise.reject(new TypeError('network'))
    if (fault !== undefined) return Promise.resolve(fault)
    if (!this.#addresses.has(url)) return Promise.resolve(new Response(null, { status: 403 }))
    return Promise.resolve(
      part === undefined ? this.#get(name, range) : this.#put(name, part, init.body as Uint8Array<ArrayBuffer>),
    )
  }

  #create({ name, release, bytes, hours, tokens }: RequestOf<'createMedia'>, now: number): object | ErrorCode {
    const known = this.uploads.get(name)
    if (known !== undefined) {
      if (known.release !== release || known.bytes !== bytes) return 'mediaTaken'
      return this.#answer(name, known, everyPart(bytes), now)
    }
    if (tokens.length !== tokensFor(bytes)) return 'mediaTokenInvalid'
    for (const token of tokens) {
      const spent = mediaTokens.redeem((id) => mediaTokens.deriveKey(this.#seed, id), token, name, now)
      if (spent === undefined || (this.#spent.get(spent.hash) ?? spent.use) !== spent.use) return 'mediaTokenInvalid'
      this.#spent.set(spent.hash, spent.use)
    }
    const upload: StoredUpload = { release, bytes, hours, parts: new Map(), isComplete: false }
    this.uploads.set(name, upload)
    return this.#answer(name, upload, everyPart(bytes), now)
  }

  #answer(name: string, { isComplete }: StoredUpload, parts: readonly number[], now: number): object {
    if (isComplete) return { state: 'complete' }
    const urls = parts.map((part) => ({ part, url: this.#sign(name, part) }))
    return { state: 'uploading', parts: urls, until: now + RELAY_LIMITS.mediaUploadUrlTtl }
  }

  #complete({ name, release, etags }: RequestOf<'completeMedia'>, now: number): object | ErrorCode {
    const upload = this.uploads.get(name)
    if (upload?.release !== release) return 'mediaNotFound'
    if (!upload.isComplete) {
      const parts = etags.map((etag, at) => {
        const part = upload.parts.get(at + 1)
        return part?.etag === etag ? part.octets : new Uint8Array()
      })
      const object = concatBytes(...parts)
      if (object.length !== upload.bytes) {
        this.uploads.delete(name)
        return 'mediaIncomplete'
      }
      this.objects.set(name, object)
      upload.isComplete = true
    }
    return { expiresAt: now + upload.hours * 60 * 60_000 }
  }

  #sign(name: string, part?: number): string {
    const signature = toBase64url(randomBytes(8))
    const url = `${STORAGE}${name}?signature=${signature}${part === undefined ? '' : `&part=${part}`}`
    this.#addresses.add(url)
    return url
  }

  #put(name: string, part: number, body: Uint8Array<ArrayBuffer>): Response {
    const upload = this.uploads.get(name)
    if (upload === undefined) return new Response(null, { status: 404 })
    if (body.length !== partSize(upload.bytes, part)) return new Response(null, { status: 403 })
    const etag = toBase64url(randomBytes(8))
    upload.parts.set(part, { etag, octets: Uint8Array.from(body) })
    return new Response(null, { headers: { etag: `"${etag}"` } })
  }

  #get(name: string, range: string | undefined): Response {
    const object = this.objects.get(name)
    if (object === undefined) return new Response(null, { status: 404 })
    const start = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0)
    if (start > 0 && start >= object.length) return new Response(null, { status: 416 })
    const octets = object.subarray(start)
    const status = range === undefined ? 200 : 206
    const headers = { 'content-length': String(octets.length) }
    const { breakAfter } = this.faults
    if (breakAfter === undefined) return new Response(octets, { status, headers })
    this.faults.breakAfter = undefined
    const broken = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(octets.subarray(0, breakAfter)),
      pull: (controller) => controller.error(new TypeError('network')),
    })
    return new Response(broken, { status, headers })
  }
}

function everyPart(bytes: number): number[] {
  return Array.from({ length: partCount(bytes) }, (_, at) => at + 1)
}
