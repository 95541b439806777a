/**
 * Auditing a published log: docs/key-transparency.md, "An auditor". Everything is computed from the leaves, and compared with what
 * is published; nothing of the log is trusted but its signature.
 */

import * as v from 'valibot'
import { equalBytes, fromBase64url, fromUtf8, toBase64url } from '../../bytes.ts'
import { bytesOf, integer } from '../../primitives.ts'
import { readBundle } from '../log/bundles.ts'
import { type Tile, type TreeEdge, EMPTY_EDGE, append, edgeRoot } from '../log/edge.ts'
import { HASH_LENGTH, leafHash } from '../log/hash.ts'
import { TILE_WIDTH, bundlePath, tileAt, tilePath } from '../log/tiles.ts'
import { type Checkpoint, parseCheckpoint } from '../notes/checkpoint.ts'
import type { NoteKey } from '../notes/keys.ts'
import { parseNote } from '../notes/note.ts'
import { openNote } from '../notes/open.ts'
import { type AccountsState, AuditedAccounts } from './accounts.ts'
import { AuditFailure } from './failures.ts'

/** Bundles that are asked for ahead. */
const LOOKAHEAD = 8

/** Whom the auditor audits. */
export interface AuditedLog {
  readonly origin: string
  readonly key: NoteKey
  readonly indexKey: Uint8Array
  /** Those whose cosignatures the checkpoint may have. They need not be trusted: that they cosigned is looked at, and not that they did. */
  readonly witnesses?: readonly NoteKey[]
}

/** Where the log is read: paths below its prefix. `undefined` for what is not there. */
export type ReadPublished = (path: string) => Promise<Uint8Array | undefined>

/** What an audit keeps for the next one: all that it computed. */
export const AuditState = v.strictObject({
  size: integer(0),
  root: bytesOf(HASH_LENGTH),
  /** The tree's edge: hashes by level of tiles. */
  levels: v.array(v.array(bytesOf(HASH_LENGTH))),
  accounts: v.strictObject({
    epoch: integer(0),
    at: integer(0),
    manifest: integer(0),
    accounts: v.array(v.tuple([bytesOf(32), integer(1), v.boolean(), bytesOf(32)])),
  }),
})
export type AuditState = v.InferOutput<typeof AuditState>

export interface AuditReport {
  readonly size: number
  /** Leaves that were new. */
  readonly fresh: number
  readonly accounts: number
  readonly epoch: number
  readonly state: AuditState
}

/**
 * Audits the log up to its present checkpoint. Rejects with an {@link AuditFailure} for the first thing that is wrong.
 *
 * @param before what the last audit of this log kept
 */
export async function auditLog(log: AuditedLog, read: ReadPublished, before?: AuditState): Promise<AuditReport> {
  const { size, root } = await readHead(log, read, before)
  const from = before?.size ?? 0
  const accounts = new AuditedAccounts(log.indexKey, before?.accounts)
  const edge = await replay(read, edgeOf(before), size, accounts)
  if (!equalBytes(edgeRoot(edge), root)) throw new AuditFailure('rootMismatch', `size ${size}`)
  if (size > 0 && !accounts.endsInMapRoot) throw new AuditFailure('mapRootNotLast', `leaf ${size - 1}`)
  const state = {
    size,
    root: toBase64url(root),
    levels: edge.levels.map((hashes) => hashes.map(toBase64url)),
    accounts: accounts.state as AccountsState & AuditState['accounts'],
  }
  return { size, fresh: size - from, accounts: accounts.count, epoch: accounts.epoch, state }
}

function edgeOf(before: AuditState | undefined): TreeEdge {
  if (before === undefined) return EMPTY_EDGE
  return { size: before.size, levels: before.levels.map((hashes) => hashes.map(fromBase64url)) }
}

const fail = (failure: AuditFailure['failure']) => new AuditFailure(failure, 'checkpoint')

async function readHead(log: AuditedLog, read: ReadPublished, before: AuditState | undefined): Promise<Checkpoint> {
  const bytes = await read('checkpoint')
  if (bytes === undefined) throw fail('checkpointMissing')
  const note = parseNote(textOf(bytes) ?? '')
  const head = note && parseCheckpoint(note.text)
  if (note === undefined || head === undefined) throw fail('checkpointMalformed')
  if (head.origin !== log.origin) throw fail('checkpointForeign')
  const signers = openNote(note, [log.key, ...(log.witnesses ?? [])])
  if (signers === undefined) {
    throw fail(openNote(note, [log.key])?.length === 1 ? 'cosignatureFalse' : 'checkpointUnsigned')
  }
  if (signers.every(({ key }) => key !== log.key)) throw fail('checkpointUnsigned')
  // Nothing in a published file may be changed unnoticed, also not what the log did not write itself.
  if (signers.length !== note.signatures.length) throw fail('cosignatureUnknown')
  if (head.size < (before?.size ?? 0)) throw fail('checkpointRolledBack')
  if (head.size === before?.size && !equalBytes(head.root, fromBase64url(before.root))) throw fail('checkpointForked')
  return head
}

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return fromUtf8(bytes)
  } catch {
    return undefined
  }
}

/** Reads all leaves from the edge on, and gives the edge after them. */
async function replay(read: ReadPublished, from: TreeEdge, size: number, accounts: AuditedAccounts): Promise<TreeEdge> {
  let edge = from
  const count = from.size < size ? Math.ceil(size / TILE_WIDTH) : 0
  const asked: Promise<Uint8Array[]>[] = []
  let next = Math.floor(from.size / TILE_WIDTH)
  // Never more than a few ahead: a size is what the log claims.
  while (next < count || asked.length > 0) {
    for (; next < count && asked.length < LOOKAHEAD; next += 1) asked.push(readEntries(read, next, size))
    const leaves = await firstOf(asked)
    const known = edge.size % TILE_WIDTH
    checkKnown(edge, leaves.slice(0, known))
    const fresh = leaves.slice(known)
    const grown = append(edge, fresh.map(leafHash))
    // Tiles that grow further on the way to this size were never published so.
    const final = grown.tiles.filter(({ level, index, width }) => tileAt(level, index, size)?.width === width)
    await Promise.all(final.map((tile) => checkTile(read, tile)))
    for (const [offset, leaf] of fresh.entries()) accounts.take(leaf, edge.size + offset)
    edge = grown.edge
  }
  return edge
}

/** Takes the first of the promises, and its result; what the others come to is not lost, and nobody's unhandled rejection. */
async function firstOf<T>(promises: Promise<T>[]): Promise<T> {
  for (const promise of promises) promise.catch(() => undefined)
  const first = promises.shift()
  if (first === undefined) throw new RangeError('nothing was asked for')
  return first
}

/** A tile or bundle, or the full one in its place: partial ones may be deleted once that is there. */
async function readPartial(read: ReadPublished, path: (width: number) => string, width: number) {
  const bytes = await read(path(width))
  if (bytes !== undefined || width === TILE_WIDTH) return { bytes, width }
  return { bytes: await read(path(TILE_WIDTH)), width: TILE_WIDTH }
}

async function readEntries(read: ReadPublished, index: number, size: number): Promise<Uint8Array[]> {
  const width = Math.min(TILE_WIDTH, size - index * TILE_WIDTH)
  const path = (wide: number) => bundlePath({ index, width: wide })
  const found = await readPartial(read, path, width)
  if (found.bytes === undefined) throw new AuditFailure('bundleMissing', path(width))
  const entries = readBundle(found.bytes, found.width)
  if (entries === undefined) throw new AuditFailure('bundleMalformed', path(found.width))
  return entries.slice(0, width)
}

/** The leaves of the first bundle that were audited before. */
function checkKnown({ size, levels: [hashes = []] }: TreeEdge, leaves: readonly Uint8Array[]): void {
  for (const [at, leaf] of leaves.entries()) {
    const hash = hashes[at]
    if (hash === undefined || !equalBytes(leafHash(leaf), hash)) {
      throw new AuditFailure('leafChanged', `leaf ${size - leaves.length + at}`)
    }
  }
}

async function checkTile(read: ReadPublished, { level, index, width, bytes }: Tile): Promise<void> {
  const path = (wide: number) => tilePath({ level, index, width: wide })
  const found = await readPartial(read, path, width)
  if (found.bytes === undefined) throw new AuditFailure('tileMissing', path(width))
  const isWhole = found.bytes.length === found.width * HASH_LENGTH
  if (!isWhole || !equalBytes(found.bytes.subarray(0, bytes.length), bytes)) {
    throw new AuditFailure('tileMismatch', path(found.width))
  }
}
