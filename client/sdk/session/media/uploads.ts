/**
 * Stores the files of messages, and sends each message when its files are there. What happened is in the records, so that
 * any of it can be gone on with after a restart. Messages of one conversation keep their order.
 */

import { type ErrorCode, actionFor } from '#protocol/errors.ts'
import { completeMedia, createMedia, resumeMedia } from '#protocol/http/media.ts'
import { LIMITS } from '#protocol/limits.ts'
import { mediaName } from '#protocol/media/object.ts'
import { partCount, partSize, tokensFor } from '#protocol/media/sizes.ts'
import { concatBytes } from '#protocol/bytes.ts'
import { AddressExpiredError, MediaCancelledError, MediaError } from '../../media/errors.ts'
import { putPart } from '../../media/transfer.ts'
import { type BackoffRange, backoffDelay } from '../../transport/backoff.ts'
import { RelayError } from '../../transport/errors.ts'
import { isStoreGone, type Core } from '../core.ts'
import type { Draft } from '../draft.ts'
import { type SendFailure, parseRecord } from '../records.ts'
import { SENDING, type Sending, type Source, type Upload, sendingKey, sendingRecord } from './records.ts'
import type { MediaStatus, MediaWait } from './status.ts'
import type { MediaTokens } from './tokens.ts'

const RETRY: BackoffRange = { minMs: 1_000, maxMs: 60_000 }
/** Parts of one file that are on their way at once: each takes 5 MiB of memory. */
const AT_ONCE = 2
const CHUNKS_PER_PART = LIMITS.mediaPartBytes / LIMITS.mediaChunkBytes
/** Times that an upload is begun anew which the relay does not know any more, before its message fails. */
const MAX_BEGINNINGS = 3

export interface UploadParts {
  readonly tokens: MediaTokens
  /**
   * Brings a file here that is passed on, and seals it anew.
   *
   * @param done in the transaction that says so
   * @throws MediaError when it cannot be had
   */
  readonly copy: (
    sending: Sending,
    item: number,
    source: Source,
    signal: AbortSignal,
    done: (draft: Draft) => void,
  ) => Promise<void>
  /** Sends a message whose files are all stored. */
  readonly stored: (draft: Draft, sending: Sending) => Promise<void>
  /** Shows that it failed. */
  readonly failed: (draft: Draft, sending: Sending, code: SendFailure) => Promise<void>
  readonly tell: (sending: Sending, item: number, status: MediaStatus) => void
}

/** What this run knows of a message. */
interface Entry {
  readonly order: number
  /** As committed. */
  sending: Sending
  readonly abort: AbortController
  waits: MediaWait | undefined
}

/** The upload cannot be gone on with, whatever is tried. */
class Hopeless extends Error {
  override readonly name = 'Hopeless'
  readonly code: ErrorCode
  constructor(code: ErrorCode) {
    super(code)
    this.code = code
  }
}

export class Uploads {
  readonly #core: Core
  readonly #parts: UploadParts
  /** By ascending order. */
  readonly #entries = new Map<number, Entry>()
  readonly #running = new Set<string>()
  readonly #timers = new Map<string, unknown>()
  readonly #failures = new Map<string, number>()
  #isOnline = false
  #next = 1

  constructor(core: Core, parts: UploadParts) {
    this.#core = core
    this.#parts = parts
  }

  async load(): Promise<void> {
    for (const { order, value } of await this.#core.store.range('media', SENDING)) {
      this.#add(order, parseRecord(sendingRecord, value))
    }
  }

  /** There is a connection: what waits goes on. */
  connected(): void {
    this.#isOnline = true
    this.kick()
  }

  /** Nothing new is begun until there is one again. */
  disconnected(): void {
    this.#isOnline = false
  }

  close(): void {
    for (const timer of this.#timers.values()) this.#core.platform.timers.clear(timer)
    for (const { abort } of this.#entries.values()) abort.abort()
  }

  /** Queues a message. Its files go once the draft is committed. */
  enqueue(draft: Draft, sending: Sending): void {
    const order = this.#next
    this.#next += 1
    draft.put(sendingRecord, sendingKey(order), sending)
    draft.announce(() => {
      this.#add(order, sending)
      this.kick()
    })
  }

  find(id: string): Sending | undefined {
    return this.#entryOf(id)?.sending
  }

  status(id: string, item: number): MediaStatus | undefined {
    const entry = this.#entryOf(id)
    return entry && this.#statusOf(entry, item)
  }

  /** Where a file is that is not sealed for its message yet; `undefined` of others. */
  sourceOf(id: string, item: number): Source | undefined {
    return this.#entryOf(id)?.sending.uploads[item]?.source
  }

  /** Objects whose chunks are needed here. */
  needed(): Set<string> {
    const uploads = [...this.#entries.values()].flatMap(({ sending }) => sending.uploads)
    return new Set(uploads.map(({ object }) => mediaName(object)))
  }

  /** Takes a message out of the queue. Answers what was queued; `undefined` when it is not, or not any more. */
  remove(draft: Draft, id: string): Sending | undefined {
    const entry = this.#entryOf(id)
    if (entry === undefined) return undefined
    draft.delete(sendingKey(entry.order))
    draft.announce(() => {
      this.#entries.delete(entry.order)
      entry.abort.abort()
      this.kick()
    })
    return entry.sending
  }

  /** Goes on with one that failed. `false` when there is none. */
  again(draft: Draft, id: string): boolean {
    const entry = this.#entryOf(id)
    if (entry === undefined) return false
    const { failure: _past, ...sending } = entry.sending
    this.#update(draft, entry, sending)
    draft.announce(() => this.kick())
    return true
  }

  /** Goes on with all that waits. */
  kick(): void {
    if (this.#core.isClosed || !this.#isOnline) return
    for (const conversation of new Set([...this.#entries.values()].map(({ sending }) => sending.conversation))) {
      if (this.#running.has(conversation)) continue
      this.#core.platform.timers.clear(this.#timers.get(conversation))
      this.#running.add(conversation)
      void this.#runAlone(conversation)
    }
  }

  async #runAlone(conversation: string): Promise<void> {
    const isDone = await this.#run(conversation)
    this.#running.delete(conversation)
    // What came while it ended.
    if (isDone && this.#first(conversation) !== undefined) this.kick()
  }

  /** Answers whether all is done; else a timer waits, or nothing can be done any more. */
  async #run(conversation: string): Promise<boolean> {
    for (let entry = this.#first(conversation); entry !== undefined; entry = this.#first(conversation)) {
      try {
        await this.#send(entry)
        this.#failures.delete(conversation)
      } catch (error) {
        if (error instanceof MediaCancelledError && this.#entries.get(entry.order) !== entry) continue
        if (isStoreGone(error) || this.#core.isClosed) return false
        if (await this.#gaveUp(entry, error)) continue
        this.#later(entry, error)
        return false
      }
    }
    return true
  }

  #first(conversation: string): Entry | undefined {
    for (const entry of this.#entries.values()) {
      const { sending } = entry
      if (sending.conversation === conversation && sending.failure === undefined) return entry
    }
    return undefined
  }

  /** Whether a failure is final: then the message shows it, and the next one's turn comes. */
  async #gaveUp(entry: Entry, error: unknown): Promise<boolean> {
    const isFinal = error instanceof Hopeless || error instanceof MediaError
    const code = isFinal || (error instanceof RelayError && actionFor(error.code) === 'fix') ? error.code : undefined
    if (code === undefined) return false
    try {
      await this.#core.transact(async (draft) => {
        if (this.#entries.get(entry.order) !== entry) return
        this.#update(draft, entry, { ...entry.sending, failure: code })
        await this.#parts.failed(draft, entry.sending, code)
      })
    } catch {
      return false
    }
    this.#tellAll(entry)
    return true
  }

  #later(entry: Entry, error: unknown): void {
    const { conversation } = entry.sending
    const failures = (this.#failures.get(conversation) ?? 0) + 1
    this.#failures.set(conversation, failures)
    const { timers, random } = this.#core.platform
    const isQuota = error instanceof RelayError && error.code === 'rateLimited'
    const wanted = error instanceof RelayError ? (error.retryAfterMs ?? 0) : 0
    const delay = Math.max(wanted, backoffDelay(failures, RETRY, random()))
    entry.waits = isQuota ? 'quota' : 'offline'
    this.#tellAll(entry)
    this.#timers.set(
      conversation,
      timers.set(() => this.kick(), delay),
    )
  }

  async #send(entry: Entry): Promise<void> {
    entry.waits = undefined
    for (const item of entry.sending.uploads.keys()) {
      for (let beginning = 0; !uploadOf(entry, item).isComplete; beginning += 1) {
        if (beginning === MAX_BEGINNINGS) throw new Hopeless('mediaIncomplete')
        await this.#store(entry, item)
      }
    }
    await this.#core.transact(async (draft) => {
      if (this.#entries.get(entry.order) !== entry) return
      draft.delete(sendingKey(entry.order))
      await this.#parts.stored(draft, entry.sending)
      draft.announce(() => this.#entries.delete(entry.order))
    })
    entry.sending.uploads.forEach((_upload, item) => this.#parts.tell(entry.sending, item, { state: 'here' }))
  }

  /** Stores a file, from where it stands. Comes back without having completed it where it has to be begun anew. */
  async #store(entry: Entry, item: number): Promise<void> {
    const upload = uploadOf(entry, item)
    const name = mediaName(upload.object)
    if (upload.source !== undefined) {
      await this.#parts.copy(entry.sending, item, upload.source, entry.abort.signal, (draft) => {
        requireThere(this.#entries, entry)
        const { source: _here, ...sealed } = uploadOf(entry, item)
        this.#update(draft, entry, withUpload(entry.sending, item, sealed))
      })
      this.#parts.tell(entry.sending, item, this.#statusOf(entry, item))
    }
    if (upload.tokens === undefined) {
      await this.#parts.tokens.spend(name, tokensFor(upload.bytes), async (draft, tokens) => {
        requireThere(this.#entries, entry)
        this.#change(draft, entry, item, { tokens })
      })
    }
    try {
      if ((await this.#putAll(entry, item, name)) === 'complete') return await this.#completed(entry, item)
      const { release, etags } = uploadOf(entry, item)
      await this.#core.http.call(completeMedia, { name, release, etags: etags.map((etag) => etag ?? '') })
      await this.#completed(entry, item)
    } catch (error) {
      if (!(error instanceof RelayError) || !BEGIN_ANEW.has(error.code)) throw error
      const areTokensGone = error.code === 'mediaTokenInvalid' || uploadOf(entry, item).isBegun
      await this.#core.transact((draft) => {
        requireThere(this.#entries, entry)
        const { tokens, ...kept } = uploadOf(entry, item)
        const etags = kept.etags.map(() => null)
        const again = { ...kept, ...(areTokensGone ? {} : { tokens }), isBegun: false, etags }
        this.#update(draft, entry, withUpload(entry.sending, item, again))
        return Promise.resolve()
      })
    }
  }

  /** Puts the parts that are missing. */
  async #putAll(entry: Entry, item: number, name: string): Promise<'complete' | 'stored'> {
    for (let round = 0; ; round += 1) {
      const { release, bytes, hours, tokens = [], isBegun, etags } = uploadOf(entry, item)
      const missing = etags.flatMap((etag, at) => (etag === null ? [at + 1] : []))
      const answer = isBegun
        ? await this.#core.http.call(resumeMedia, { name, release, parts: missing })
        : await this.#core.http.call(createMedia, { name, release, bytes, hours, tokens })
      requireThere(this.#entries, entry)
      if (answer.state === 'complete') return 'complete'
      if (!isBegun) await this.#record(entry, item, { isBegun: true })
      const wanted = answer.parts.filter(({ part }) => missing.includes(part))
      try {
        await inParallel(wanted, AT_ONCE, ({ part, url }) => this.#put(entry, item, name, part, url))
        return 'stored'
      } catch (error) {
        // An address that is refused at once, again and again, is not a matter of its age.
        if (!(error instanceof AddressExpiredError) || round >= 2) throw error
      }
    }
  }

  async #put(entry: Entry, item: number, name: string, part: number, url: string): Promise<void> {
    const { fetch, mediaStore } = this.#core.platform
    const { bytes } = uploadOf(entry, item)
    const first = (part - 1) * CHUNKS_PER_PART
    const chunks: Uint8Array[] = []
    for (let index = first; index < first + CHUNKS_PER_PART; index += 1) {
      const chunk = await mediaStore.read(name, index)
      if (chunk === undefined) break
      chunks.push(chunk)
    }
    const body = concatBytes(...chunks)
    // The store has lost it: nothing can bring it back.
    if (body.length !== partSize(bytes, part)) throw new Hopeless('mediaIncomplete')
    const etag = await putPart({ fetch, signal: entry.abort.signal }, url, body)
    await this.#core.transact((draft) => {
      requireThere(this.#entries, entry)
      const etags = uploadOf(entry, item).etags.map((known, at) => (at === part - 1 ? etag : known))
      this.#change(draft, entry, item, { etags })
      return Promise.resolve()
    })
    this.#parts.tell(entry.sending, item, this.#statusOf(entry, item))
  }

  #completed(entry: Entry, item: number): Promise<void> {
    return this.#record(entry, item, { isComplete: true })
  }

  async #record(entry: Entry, item: number, change: Partial<Upload>): Promise<void> {
    await this.#core.transact((draft) => {
      requireThere(this.#entries, entry)
      this.#change(draft, entry, item, change)
      return Promise.resolve()
    })
  }

  #change(draft: Draft, entry: Entry, item: number, change: Partial<Upload>): void {
    const upload = { ...uploadOf(entry, item), ...change }
    this.#update(draft, entry, withUpload(entry.sending, item, upload))
  }

  #update(draft: Draft, entry: Entry, sending: Sending): void {
    draft.put(sendingRecord, sendingKey(entry.order), sending)
    draft.announce(() => {
      entry.sending = sending
    })
  }

  #tellAll(entry: Entry): void {
    entry.sending.uploads.forEach((_upload, item) => this.#parts.tell(entry.sending, item, this.#statusOf(entry, item)))
  }

  #statusOf({ sending, waits }: Entry, item: number): MediaStatus {
    const upload = sending.uploads[item]
    if (upload === undefined || upload.isComplete) return { state: 'here' }
    if (sending.failure !== undefined) return { state: 'failed', code: sending.failure }
    const { bytes: total, etags } = upload
    const done = etags.reduce((sum, etag, at) => sum + (etag === null ? 0 : partSize(total, at + 1)), 0)
    const why = waits ?? (this.#isOnline ? undefined : 'offline')
    const state = upload.source === undefined ? 'uploading' : 'copying'
    return { state, done, total, ...(why === undefined ? {} : { waits: why }) }
  }

  #add(order: number, sending: Sending): void {
    this.#entries.set(order, { order, sending, abort: new AbortController(), waits: undefined })
    this.#next = Math.max(this.#next, order + 1)
  }

  #entryOf(id: string): Entry | undefined {
    for (const entry of this.#entries.values()) if (entry.sending.id === id) return entry
    return undefined
  }
}

/** The relay does not know the upload, or does not take what pays for it: another beginning may help. */
const BEGIN_ANEW: ReadonlySet<ErrorCode> = new Set(['mediaNotFound', 'mediaTokenInvalid', 'mediaIncomplete'])

/** @throws MediaCancelledError when the message was taken out meanwhile */
function requireThere(entries: ReadonlyMap<number, Entry>, entry: Entry): void {
  if (entries.get(entry.order) !== entry) throw new MediaCancelledError()
}

function uploadOf({ sending }: Entry, item: number): Upload {
  const upload = sending.uploads[item]
  if (upload === undefined) throw new RangeError('no such file')
  return upload
}

function withUpload(sending: Sending, item: number, upload: Upload): Sending {
  return { ...sending, uploads: sending.uploads.map((one, at) => (at === item ? upload : one)) }
}

/** A new upload, of which nothing is stored yet. */
export function newUpload(upload: Pick<Upload, 'object' | 'release' | 'bytes' | 'hours' | 'source'>): Upload {
  const etags = Array.from({ length: partCount(upload.bytes) }, () => null)
  return { ...upload, isBegun: false, etags, isComplete: false }
}

/** Runs a task for each item, some at a time. Rejects with the first failure, when none is running any more. */
async function inParallel<T>(items: readonly T[], atOnce: number, task: (item: T) => Promise<void>): Promise<void> {
  const left = [...items]
  let failure: { readonly error: unknown } | undefined
  const work = async (): Promise<void> => {
    for (let item = left.shift(); item !== undefined && failure === undefined; item = left.shift()) {
      try {
        await task(item)
      } catch (error) {
        failure ??= { error }
      }
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  if (failure !== undefined) throw failure.error
}
