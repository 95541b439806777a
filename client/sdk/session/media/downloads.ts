/** Brings files onto this device: chunk after chunk into the media store, where an interrupted one goes on. */

import { fetchMedia } from '#protocol/http/media.ts'
import type { MediaItem } from '#protocol/content/media.ts'
import { mediaName } from '#protocol/media/object.ts'
import { chunkCount, sealedSize } from '#protocol/media/sizes.ts'
import { LIMITS } from '#protocol/limits.ts'
import { AddressExpiredError, MediaCancelledError, MediaError, type MediaFailure } from '../../media/errors.ts'
import { Opener } from '../../media/seal.ts'
import { getChunks } from '../../media/transfer.ts'
import { type BackoffRange, backoffDelay } from '../../transport/backoff.ts'
import { RelayError } from '../../transport/errors.ts'
import { isStoreGone, type Core } from '../core.ts'
import { type Kept, keptKey, keptName, keptRecord } from './records.ts'
import { parseRecord } from '../records.ts'
import type { MediaStatus } from './status.ts'

const RETRY: BackoffRange = { minMs: 1_000, maxMs: 60_000 }
/** An address that is refused as soon as it was given is not too old. */
const MAX_REFUSALS = 3
/** Octets of files that a device keeps; beyond it, what was not wanted for longest goes. Half a gibibyte. */
export const KEEP_BYTES = 512 * 1_024 * 1_024

/** What fetches and opens an object. */
export type SealedObject = Pick<MediaItem, 'object' | 'key' | 'digest' | 'size'>

interface Running {
  readonly abort: AbortController
  readonly done: Promise<void>
  readonly watchers: Set<(status: MediaStatus) => void>
  status: MediaStatus
  /** Ends a wait for the network. */
  wake: () => void
}

export class Downloads {
  readonly #core: Core
  /** By object name. */
  readonly #running = new Map<string, Running>()
  /** What was found wrong, in this run. */
  readonly #failed = new Map<string, MediaFailure>()
  /** Mirrors the records of files that are here whole. */
  readonly #kept = new Map<string, Kept & { bytes: number }>()
  readonly #keepBytes: number

  constructor(core: Core, keepBytes: number = KEEP_BYTES) {
    this.#core = core
    this.#keepBytes = keepBytes
  }

  /** Reads what is here, and deletes chunks that no record speaks of: of a crash between the two. */
  async load(): Promise<void> {
    const known = new Set<string>()
    for (const { partition, value } of await this.#core.store.all('media')) {
      const name = keptName(partition)
      if (name === undefined) continue
      known.add(name)
      const { bytes, at } = parseRecord(keptRecord, value)
      if (bytes !== undefined) this.#kept.set(name, { bytes, at })
    }
    const { mediaStore } = this.#core.platform
    for (const name of await mediaStore.objects()) if (!known.has(name)) await mediaStore.delete(name)
  }

  close(): void {
    for (const { abort } of this.#running.values()) abort.abort()
  }

  /** What waits for the network tries at once. */
  kick(): void {
    for (const { wake } of this.#running.values()) wake()
  }

  /** An own file is here since it was sealed. */
  sealed(name: string, kept: Kept & { bytes: number }): void {
    this.#kept.set(name, kept)
  }

  status(item: SealedObject): MediaStatus {
    const name = mediaName(item.object)
    const running = this.#running.get(name)
    if (running !== undefined) return running.status
    const code = this.#failed.get(name)
    if (code !== undefined) return { state: 'failed', code }
    return { state: this.#kept.has(name) ? 'here' : 'remote' }
  }

  /**
   * Brings a file here, through losses of the network, until it is here or cannot be.
   *
   * @throws MediaError when it is not what its message says; MediaCancelledError; StoreFullError
   */
  async bring(item: SealedObject, watch: (status: MediaStatus) => void): Promise<void> {
    const name = mediaName(item.object)
    if (this.#kept.has(name)) return this.#wanted(name)
    let running = this.#running.get(name)
    if (running === undefined) this.#running.set(name, (running = this.#begin(item, name)))
    running.watchers.add(watch)
    watch(running.status)
    await running.done
  }

  /** Stops, and forgets what came so far if it is to be forgotten. */
  async cancel(name: string): Promise<void> {
    const running = this.#running.get(name)
    running?.abort.abort()
    await running?.done.catch(() => undefined)
  }

  /** Its message is gone: nothing of it stays. */
  async forget(name: string): Promise<void> {
    this.#kept.delete(name)
    this.#failed.delete(name)
    await this.cancel(name)
    this.#kept.delete(name)
    await this.#core.platform.mediaStore.delete(name)
  }

  /**
   * A file's octets, some at a time; it has to be here.
   *
   * @throws MediaError when the store has it no more as it was: then it is brought again
   */
  async *read(item: SealedObject): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
    const name = mediaName(item.object)
    const opener = new Opener(item)
    for (let index = 0; index < chunkCount(item.size); index += 1) {
      const sealed = await this.#core.platform.mediaStore.read(name, index)
      const plain = sealed && (await opener.open(index, sealed))
      if (plain === undefined) {
        await this.#drop(name)
        throw new MediaError('mediaCorrupted')
      }
      if (plain.length > 0) yield plain
    }
  }

  #begin(item: SealedObject, name: string): Running {
    const abort = new AbortController()
    const total = sealedSize(item.size)
    const running: Running = {
      abort,
      watchers: new Set(),
      status: { state: 'downloading', done: 0, total },
      wake: () => undefined,
      done: Promise.resolve().then(() => this.#bring(item, name, running)),
    }
    // Whoever waits for it hears of it; so does who only watches.
    running.done.catch(() => undefined)
    return running
  }

  async #bring(item: SealedObject, name: string, running: Running): Promise<void> {
    this.#failed.delete(name)
    let status: MediaStatus = { state: 'remote' }
    try {
      await this.#core.transact(async (draft) => {
        if ((await draft.get(keptRecord, keptKey(name))) === undefined) {
          draft.put(keptRecord, keptKey(name), { at: this.#core.now() })
        }
      })
      await this.#untilHere(item, name, running)
      await this.#keep(name, sealedSize(item.size))
      status = { state: 'here' }
    } catch (error) {
      if (error instanceof MediaError) {
        this.#failed.set(name, error.code)
        status = { state: 'failed', code: error.code }
        await this.#drop(name)
      }
      throw error
    } finally {
      this.#running.delete(name)
      tell(running, status)
    }
  }

  async #untilHere(item: SealedObject, name: string, running: Running): Promise<void> {
    const progress: Progress = { opener: new Opener(item), next: 0 }
    let refusals = 0
    for (let failures = 0; ;) {
      const before = progress.next
      try {
        await this.#go(item, name, running, progress)
        return progress.opener.verify()
      } catch (error) {
        if (error instanceof MediaError || error instanceof MediaCancelledError || isStoreGone(error)) throw error
        if (isFinal(error) || this.#core.isClosed) throw error
        const isRefused = error instanceof AddressExpiredError
        refusals = isRefused && progress.next === before ? refusals + 1 : 0
        if (isRefused && refusals < MAX_REFUSALS) continue
        failures = progress.next === before ? failures + 1 : 1
        tell(running, { ...downloading(item, progress.next), waits: 'offline' })
        await this.#pause(running, error, failures)
      }
    }
  }

  /** Goes on from the first chunk that is not here. */
  async #go(item: SealedObject, name: string, running: Running, progress: Progress): Promise<void> {
    const { fetch, mediaStore } = this.#core.platform
    const { signal } = running.abort
    const chunks = chunkCount(item.size)
    const { opener } = progress
    for (const kept = await mediaStore.count(name); progress.next < Math.min(kept, chunks); progress.next += 1) {
      const chunk = await mediaStore.read(name, progress.next)
      if (chunk === undefined) break
      await opener.next(chunk)
      if (signal.aborted) throw new MediaCancelledError()
    }
    if (progress.next === chunks) return
    tell(running, downloading(item, progress.next))
    const { url } = await this.#core.http.call(fetchMedia, { object: item.object })
    if (signal.aborted) throw new MediaCancelledError()
    for await (const chunk of getChunks({ fetch, signal }, url, progress.next, sealedSize(item.size))) {
      await opener.next(chunk)
      await mediaStore.write(name, progress.next, chunk)
      progress.next += 1
      if (signal.aborted) throw new MediaCancelledError()
      tell(running, downloading(item, progress.next))
    }
  }

  async #pause(running: Running, error: unknown, failures: number): Promise<void> {
    const { timers, random } = this.#core.platform
    const wanted = error instanceof RelayError ? (error.retryAfterMs ?? 0) : 0
    const { promise, resolve } = Promise.withResolvers<void>()
    running.wake = resolve
    const timer = timers.set(resolve, Math.max(wanted, backoffDelay(failures, RETRY, random())))
    running.abort.signal.addEventListener('abort', () => resolve(), { once: true })
    await promise
    timers.clear(timer)
    if (running.abort.signal.aborted) throw new MediaCancelledError()
  }

  async #keep(name: string, bytes: number): Promise<void> {
    const kept = { bytes, at: this.#core.now() }
    await this.#core.transact((draft) => {
      draft.put(keptRecord, keptKey(name), kept)
      return Promise.resolve()
    })
    this.#kept.set(name, kept)
  }

  async #wanted(name: string): Promise<void> {
    const kept = this.#kept.get(name)
    if (kept !== undefined) await this.#keep(name, kept.bytes)
  }

  async #drop(name: string): Promise<void> {
    this.#kept.delete(name)
    await this.#core.transact((draft) => {
      draft.delete(keptKey(name))
      return Promise.resolve()
    })
    await this.#core.platform.mediaStore.delete(name)
  }

  /** Makes room. @param needed objects that have to stay */
  async evict(needed: ReadonlySet<string>): Promise<void> {
    let sum = [...this.#kept.values()].reduce((all, { bytes }) => all + bytes, 0)
    const oldest = [...this.#kept].sort(([, a], [, b]) => a.at - b.at)
    for (const [name, { bytes }] of oldest) {
      if (sum <= this.#keepBytes) return
      if (needed.has(name)) continue
      await this.#drop(name)
      sum -= bytes
    }
  }
}

interface Progress {
  readonly opener: Opener
  /** The first chunk that was not judged yet. */
  next: number
}

function downloading(
  { size }: SealedObject,
  chunks: number,
): Extract<MediaStatus, { state: 'downloading' | 'uploading' }> {
  const total = sealedSize(size)
  return { state: 'downloading', done: Math.min(total, chunks * LIMITS.mediaChunkBytes), total }
}

function tell(running: Running, status: MediaStatus): void {
  running.status = status
  for (const watch of running.watchers) watch(status)
}

/** What no second try helps against: a full disk, a relay without media. */
function isFinal(error: unknown): boolean {
  if (error instanceof RelayError) return error.action === 'fix'
  return error instanceof Error && 'code' in error && (error.code === 'storeFull' || error.code === 'storeFailed')
}
