/** A relay's key log in memory: a real one, small and honest. Tests make it lie by `answers`, or by showing another log. */

import { sha256 } from '@noble/hashes/sha2.js'
import type * as v from 'valibot'
import { fromBase64url, toBase64url, utf8 } from '#protocol/bytes.ts'
import { type SignedDeviceList, parseDeviceList } from '#protocol/device-list.ts'
import type { KeyLogAnswer, KeyLogConfiguration, keyLogLookup } from '#protocol/http/key-log.ts'
import type { PublishedLog } from '#protocol/merkle/answer.ts'
import { EMPTY_EDGE, append } from '#protocol/merkle/log/edge.ts'
import { leafHash } from '#protocol/merkle/log/hash.ts'
import { tilePath } from '#protocol/merkle/log/tiles.ts'
import { type Evaluation, evaluate } from '#protocol/merkle/index-oprf.ts'
import type { KeyLookup, LookupHead } from '#protocol/merkle/lookup.ts'
import { parseCheckpoint } from '#protocol/merkle/notes/checkpoint.ts'
import { parseNote } from '#protocol/merkle/notes/note.ts'
import { formatVerifierKey } from '#protocol/merkle/notes/keys.ts'
import { INDEX_KEY, LOG, ORIGIN, TestKeyLog } from '#protocol/merkle/testing/server.ts'
import type { KeyLogState } from '../key-log/records.ts'

export interface LookupRequest {
  readonly account: string
  readonly pinned: number
}

type MapRootLie = NonNullable<Parameters<TestKeyLog['publish']>[0]>

export class FakeKeyLog {
  configuration: KeyLogConfiguration | undefined = {
    origin: ORIGIN,
    key: formatVerifierKey(LOG.key),
    indexKey: toBase64url(INDEX_KEY.publicKey),
  }
  readonly #log = new TestKeyLog()
  readonly #now: () => number
  /** What it was made of, each with its map root's lies and time. */
  readonly #history: { readonly signed: SignedDeviceList; readonly mapRoot: MapRootLie }[] = []
  #published: PublishedLog | undefined
  /** Accounts that were looked up, in order. */
  readonly lookups: string[] = []
  /** Replaces answers; `undefined` withholds one. */
  answers: (honest: KeyLookup, request: LookupRequest) => KeyLookup | undefined = (honest) => honest

  /** Whether it shows nothing of itself to everybody. */
  isUnpublished = false

  /** What witnesses have cosigned of it, as it is sent with its answers. Nothing by default. */
  witnessed: (published: PublishedLog) => LookupHead['witnessed'] = () => undefined

  /** What its next map roots say instead of the truth. */
  mapRoot: MapRootLie = {}

  constructor(now: () => number = () => Date.now()) {
    this.#now = now
  }

  /** This very log as it was `lists` lists ago: signed, and true once. */
  before(lists: number): FakeKeyLog {
    const former = new FakeKeyLog(this.#now)
    for (const { signed, mapRoot } of this.#history.slice(0, -lists)) {
      former.mapRoot = mapRoot
      former.record(signed)
    }
    return former
  }

  /** Logs lists, each in a checkpoint of its own. */
  record(...lists: readonly SignedDeviceList[]): void {
    for (const signed of lists) {
      const list = parseDeviceList(signed)
      if (list === undefined) throw new Error('not a device list')
      const mapRoot = { at: this.#now(), ...this.mapRoot }
      this.#history.push({ signed, mapRoot })
      this.#log.log(list.account, list.version, signed)
      this.#published = this.#log.publish(mapRoot)
    }
  }

  indexes = (elements: readonly string[]): { evaluated: string[]; proof: string } | undefined => {
    const evaluation: Evaluation | undefined = evaluate(INDEX_KEY, elements.map(fromBase64url))
    if (evaluation === undefined) return undefined
    return { evaluated: evaluation.evaluated.map(toBase64url), proof: toBase64url(evaluation.proof) }
  }

  /** One answer of what it has to say of each account; the head is that of the first. */
  lookup({ accounts, pinned }: v.InferOutput<typeof keyLogLookup.request>): KeyLogAnswer | undefined {
    let head: LookupHead | undefined
    const parts = accounts.map(({ account, known }): KeyLogAnswer['accounts'][number] => {
      this.lookups.push(account)
      const found = this.answer({ account, pinned })
      if (found === undefined) return { failed: 'relayUnavailable' }
      const { map, entry, ...rest } = found
      head ??= rest
      if (entry?.opened === undefined) return { map, ...(entry && { entry }) }
      const { opening, list } = entry.opened
      const isKnown = known === toBase64url(sha256(fromBase64url(list.bytes)))
      return { map, entry: { ...entry, opened: isKnown ? { opening } : { opening, list } } }
    })
    const witnessed = this.#published && this.witnessed(this.#published)
    return head && { ...head, ...(witnessed && { witnessed }), accounts: parts }
  }

  /** What a device keeps that follows it up to now. */
  pinned(): KeyLogState {
    const checkpoint = this.#published?.checkpoint ?? ''
    const head = parseCheckpoint(parseNote(checkpoint)?.text ?? '')
    if (this.configuration === undefined || head === undefined) throw new Error('nothing is published')
    const known = { size: head.size, root: toBase64url(head.root), checkpoint, epoch: 1, at: 1, verifiedAt: 1 }
    return { readAt: 1, log: { ...this.configuration, since: 1, head: known } }
  }

  /** A file of the public log. */
  published(path: string): Uint8Array<ArrayBuffer> | undefined {
    if (this.#published === undefined || this.isUnpublished) return undefined
    if (path === 'checkpoint') return utf8(this.#published.checkpoint)
    const { tiles } = append(EMPTY_EDGE, this.#log.leaves.map(leafHash))
    const found = tiles.find((tile) => tilePath(tile) === path)
    return found && Uint8Array.from(found.bytes)
  }

  /** What it has to say of one account. */
  answer(request: LookupRequest): KeyLookup | undefined {
    if (this.#published === undefined) return undefined
    const since = Math.min(request.pinned, this.#published.size)
    return this.answers(this.#log.answer(this.#published, request.account, since), request)
  }
}
