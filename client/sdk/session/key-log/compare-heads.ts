/** Compares heads that others have told with what this device is shown of the log: in the public log's own tiles. */

import { equalBytes, fromBase64url, fromUtf8, toBase64url } from '#protocol/bytes.ts'
import { type TreeHead, parseCheckpoint } from '#protocol/merkle/notes/checkpoint.ts'
import type { NoteKey } from '#protocol/merkle/notes/keys.ts'
import { parseNote } from '#protocol/merkle/notes/note.ts'
import { verifyConsistency } from '#protocol/merkle/log/verify.ts'
import { joinHashes } from '#protocol/merkle/lookup.ts'
import { type Growth, readGrowth } from '#protocol/merkle/published-growth.ts'
import type { Core } from '../core.ts'
import type { Draft } from '../draft.ts'
import type { Alarms } from './alarms.ts'
import { readState } from './configuration.ts'
import type { Gossip } from './gossip.ts'
import { readPublic } from './public-log.ts'
import { type Heard, type PinnedLogRecord, trustIn } from './records.ts'
import { isSignedByLog, noteOfHead } from './told-head.ts'

/** Heads that are compared at once: each reads some three tiles of 8 KiB at most. */
const AT_ONCE = 16
/** A head that the log signed and does not show the growth of for this long is told of. */
export const UNPROVEN_MS = 24 * 60 * 60_000
/** And after this long it is not asked about any more. */
const FORGOTTEN_MS = 30 * UNPROVEN_MS

type Waiting = readonly [order: number, heard: Heard]

interface Parts {
  readonly core: Core
  readonly alarms: Alarms
  readonly gossip: Gossip
}

/** One round. Answers whether something could be said of all that it looked at. */
export async function compareHeads(parts: Parts): Promise<boolean> {
  const { core, alarms, gossip } = parts
  const log = (await core.transact(readState))?.log
  const logKey = log && trustIn(log)?.logKey
  const waiting = [...gossip.heard].slice(0, AT_ONCE)
  if (log === undefined || logKey === undefined) {
    await core.transact(async (draft) => {
      for (const [order] of waiting) gossip.forget(draft, order)
    })
    return true
  }
  // What the log's key did not sign says nothing of the log.
  const signed = waiting.filter(([, { head }]) => isSignedByLog(logKey, noteOfHead(logKey, head)))
  await core.transact(async (draft) => {
    for (const one of waiting) if (!signed.includes(one)) gossip.forget(draft, one[0])
    for (const one of signed) sameSize(parts, draft, one, log, logKey)
  })
  if (signed.length === 0 || alarms.stopsEverybody) return true
  const published = await readCheckpoint(core, logKey)
  const within = signed.filter(([, { head }]) => head.size <= published.size)
  const pinned = log.head !== undefined && log.head.size <= published.size ? [log.head.size] : []
  const sizes = [...new Set([...within.map(([, { head }]) => head.size), ...pinned])]
  const read = readPublic(core)
  const growths = new Map((await readGrowth(read, sizes, published.size)).map((one) => [one.first, one]))
  const left = await core.transact((draft) => compare(parts, draft, { log, logKey, published, growths }, signed))
  return left === 0
}

/** The checkpoint that everybody reads. */
async function readCheckpoint(core: Core, logKey: NoteKey): Promise<TreeHead & { readonly note: string }> {
  const bytes = await readPublic(core)('checkpoint')
  const note = bytes === undefined ? '' : fromUtf8(bytes)
  const checkpoint = parseCheckpoint(parseNote(note)?.text ?? '')
  if (checkpoint === undefined || checkpoint.origin !== logKey.name || !isSignedByLog(logKey, note)) {
    throw new RangeError('no checkpoint of this log')
  }
  return { ...checkpoint, note }
}

/** Two roots of one size, both signed: nothing more has to be asked. */
function sameSize(
  { alarms, gossip }: Parts,
  draft: Draft,
  [order, { head }]: Waiting,
  log: PinnedLogRecord,
  logKey: NoteKey,
): void {
  if (head.size !== log.head?.size || head.root === log.head.root) return
  alarms.raise(draft, {
    failure: 'checkpointForked',
    pinned: log,
    shown: { checkpoint: noteOfHead(logKey, head) },
  })
  gossip.forget(draft, order)
}

/** Answers how many could not be compared. */
async function compare(
  { core, alarms, gossip }: Parts,
  draft: Draft,
  view: PublicView,
  heads: readonly Waiting[],
): Promise<number> {
  const { log, logKey } = view
  if ((await readState(draft))?.log?.key !== log.key) return 0
  const { head: own } = log
  if (own !== undefined && own.size <= view.published.size && verdictOn(view, own) === 'forked') {
    // What everybody reads is not what this device was shown when it asked.
    alarms.raise(draft, {
      failure: 'checkpointForked',
      pinned: log,
      shown: shownOf(view, own.checkpoint, own.size),
    })
  }
  let left = 0
  for (const [order, { head, at, conversation }] of heads) {
    if (!gossip.heard.has(order)) continue
    const verdict = head.size <= view.published.size ? verdictOn(view, head) : 'unproven'
    const age = core.now() - at
    if (verdict === 'same') await gossip.isSame(draft, conversation, head)
    else if (verdict === 'forked') {
      const note = noteOfHead(logKey, head)
      alarms.raise(draft, { failure: 'checkpointForked', pinned: log, shown: shownOf(view, note, head.size) })
    } else if (age >= UNPROVEN_MS) {
      alarms.raise(draft, { failure: 'headUnproven', pinned: log, shown: { heard: noteOfHead(logKey, head) } })
    }
    if (verdict !== 'unproven' || age >= FORGOTTEN_MS) gossip.forget(draft, order)
    else left += 1
  }
  return left
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
