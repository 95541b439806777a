/** Compares what others have told of the log with what this device is shown of it: in the public log's own tiles. */

import { equalBytes, fromBase64url, fromUtf8, toBase64url } from '#protocol/bytes.ts'
import { type TreeHead, parseCheckpoint } from '#protocol/merkle/notes/checkpoint.ts'
import type { NoteKey } from '#protocol/merkle/notes/keys.ts'
import { parseNote } from '#protocol/merkle/notes/note.ts'
import { verifyConsistency } from '#protocol/merkle/log/verify.ts'
import { joinHashes } from '#protocol/merkle/lookup.ts'
import { type Growth, readGrowth } from '#protocol/merkle/published-growth.ts'
import { type Core, isStoreGone } from '../core.ts'
import type { Draft } from '../draft.ts'
import type { Alarms } from './alarms.ts'
import { readState } from './configuration.ts'
import type { Gossip } from './gossip.ts'
import { readPublic } from './public-log.ts'
import { type Heard, type PinnedLogRecord, trustIn } from './records.ts'
import { DEFAULT_KEY_LOG_TIMING } from './timing.ts'
import { isSignedByLog, noteOfHead } from './told-head.ts'

/** Heads that are compared at once: each reads some three tiles of 8 KiB at most. */
const AT_ONCE = 16
/** Longest pause after the public log could not be read, in turns of the usual one. */
const MAX_PAUSES = 16
/** A head that the log signed and does not show the growth of for this long is told of. */
export const UNPROVEN_MS = 24 * 60 * 60_000
/** And after this long it is not asked about any more. */
const FORGOTTEN_MS = 30 * UNPROVEN_MS

type Waiting = readonly [order: number, heard: Heard]

export class Comparer {
  readonly #core: Core
  readonly #alarms: Alarms
  readonly #gossip: Gossip
  readonly #range: readonly [min: number, max: number]
  #isOnline = false
  #isRunning = false
  #timer: unknown
  #failures = 0

  constructor(core: Core, alarms: Alarms, gossip: Gossip) {
    this.#core = core
    this.#alarms = alarms
    this.#gossip = gossip
    this.#range = (core.platform.timing.keyLog ?? DEFAULT_KEY_LOG_TIMING).compareAfter
    gossip.onHeard = () => this.#soon()
  }

  connected(): void {
    this.#isOnline = true
    this.#soon()
  }

  disconnected(): void {
    this.#isOnline = false
    this.#core.platform.timers.clear(this.#timer)
    this.#timer = undefined
  }

  #soon(): void {
    if (this.#timer !== undefined || this.#isRunning || !this.#isOnline || this.#core.isClosed) return
    if (this.#gossip.heard.size === 0) return
    const { random, timers } = this.#core.platform
    const [min, max] = this.#range
    const pause = (min + random() * (max - min)) * Math.min(MAX_PAUSES, 2 ** this.#failures)
    this.#timer = timers.set(() => this.#run(), pause)
  }

  #run(): void {
    this.#timer = undefined
    this.#isRunning = true
    void this.#attempt().finally(() => {
      this.#isRunning = false
      this.#soon()
    })
  }

  async #attempt(): Promise<void> {
    let isDone = false
    try {
      isDone = await this.#round()
    } catch (error) {
      if (isStoreGone(error)) return
    }
    this.#failures = isDone ? 0 : this.#failures + 1
  }

  /** Answers whether something could be said of all that it looked at. */
  async #round(): Promise<boolean> {
    const log = (await this.#core.transact(readState))?.log
    const logKey = log && trustIn(log)?.logKey
    const waiting = [...this.#gossip.heard].slice(0, AT_ONCE)
    if (log === undefined || logKey === undefined) {
      await this.#core.transact(async (draft) => {
        for (const [order] of waiting) this.#gossip.forget(draft, order)
      })
      return true
    }
    // What the log's key did not sign says nothing of the log.
    const signed = waiting.filter(([, { head }]) => isSignedByLog(logKey, noteOfHead(logKey, head)))
    await this.#core.transact(async (draft) => {
      for (const one of waiting) if (!signed.includes(one)) this.#gossip.forget(draft, one[0])
      for (const one of signed) this.#sameSize(draft, one, log, logKey)
    })
    if (signed.length === 0 || this.#alarms.stopsEverybody) return true
    const published = await this.#published(logKey)
    const within = signed.filter(([, { head }]) => head.size <= published.size)
    const pinned = log.head !== undefined && log.head.size <= published.size ? [log.head.size] : []
    const sizes = [...new Set([...within.map(([, { head }]) => head.size), ...pinned])]
    const read = readPublic(this.#core)
    const growths = new Map((await readGrowth(read, sizes, published.size)).map((one) => [one.first, one]))
    const left = await this.#core.transact((draft) => this.#compare(draft, { log, logKey, published, growths }, signed))
    return left === 0
  }

  /** The checkpoint that everybody reads. */
  async #published(logKey: NoteKey): Promise<TreeHead & { readonly note: string }> {
    const bytes = await readPublic(this.#core)('checkpoint')
    const note = bytes === undefined ? '' : fromUtf8(bytes)
    const checkpoint = parseCheckpoint(parseNote(note)?.text ?? '')
    if (checkpoint === undefined || checkpoint.origin !== logKey.name || !isSignedByLog(logKey, note)) {
      throw new RangeError('no checkpoint of this log')
    }
    return { ...checkpoint, note }
  }

  /** Two roots of one size, both signed: nothing more has to be asked. */
  #sameSize(draft: Draft, [order, { head }]: Waiting, log: PinnedLogRecord, logKey: NoteKey): void {
    if (head.size !== log.head?.size || head.root === log.head.root) return
    this.#alarms.raise(draft, {
      failure: 'checkpointForked',
      pinned: log,
      shown: { checkpoint: noteOfHead(logKey, head) },
    })
    this.#gossip.forget(draft, order)
  }

  /** Answers how many could not be compared. */
  async #compare(draft: Draft, view: PublicView, heads: readonly Waiting[]): Promise<number> {
    const { log, logKey } = view
    if ((await readState(draft))?.log?.key !== log.key) return 0
    const { head: own } = log
    if (own !== undefined && own.size <= view.published.size && verdictOn(view, own) === 'forked') {
      // What everybody reads is not what this device was shown when it asked.
      this.#alarms.raise(draft, {
        failure: 'checkpointForked',
        pinned: log,
        shown: shownOf(view, own.checkpoint, own.size),
      })
    }
    let left = 0
    for (const [order, { head, at, conversation }] of heads) {
      if (!this.#gossip.heard.has(order)) continue
      const verdict = head.size <= view.published.size ? verdictOn(view, head) : 'unproven'
      const age = this.#core.now() - at
      if (verdict === 'same') await this.#gossip.isSame(draft, conversation, head)
      else if (verdict === 'forked') {
        const note = noteOfHead(logKey, head)
        this.#alarms.raise(draft, { failure: 'checkpointForked', pinned: log, shown: shownOf(view, note, head.size) })
      } else if (age >= UNPROVEN_MS) {
        this.#alarms.raise(draft, { failure: 'headUnproven', pinned: log, shown: { heard: noteOfHead(logKey, head) } })
      }
      if (verdict !== 'unproven' || age >= FORGOTTEN_MS) this.#gossip.forget(draft, order)
      else left += 1
    }
    return left
  }
}

/** The public log, as it was read. */
interface PublicView {
  readonly log: PinnedLogRecord
  readonly logKey: NoteKey
  readonly published: TreeHead & { readonly note: string }
  readonly growths: ReadonlyMap<number, Growth>
}

/**
 * What the tiles say of a head: they lead to the signed checkpoint, through this head's root (`same`), or through another one, and then the
 * log signed both (`forked`); or they lead nowhere, and prove nothing.
 */
function verdictOn({ published, growths }: PublicView, head: { readonly size: number; readonly root: string }) {
  const growth = growths.get(head.size)
  if (growth === undefined) return 'unproven'
  const { root, proof } = growth
  if (!verifyConsistency(head.size, published.size, root, published.root, proof)) return 'unproven'
  return equalBytes(root, fromBase64url(head.root)) ? 'same' : 'forked'
}

/** Two signed notes, and the proof that the later one does not continue the earlier one: it leads to another root of that size. */
function shownOf({ published, growths }: PublicView, heard: string, size: number) {
  const { root, proof } = growths.get(size) ?? { root: new Uint8Array(0), proof: [] }
  return {
    heard,
    checkpoint: published.note,
    root: toBase64url(root),
    consistency: toBase64url(joinHashes(proof)),
  }
}
