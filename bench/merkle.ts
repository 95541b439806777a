/**
 * What key transparency costs at a million entries: `node bench/merkle.ts [entries]`. Writes `results/merkle.json`. One process,
 * everything in memory: tiles and pages of the map are octets in a `Map`, as a Durable Object has them in SQLite. Indexes
 * are random octets here, since a million of the function's would take an hour; so are all commitments but those asked for.
 *
 * Times are of the processor, all threads of the process together, in milliseconds: they suffer least from what else the
 * machine does. Goals: verify under 20 ms, answer under 10 ms, an answer under 8 KiB.
 */

import { writeFile } from 'node:fs/promises'
import * as v from 'valibot'
import { fromBase64url, randomBytes, toBase64url, utf8 } from '#protocol/bytes.ts'
import type { SignedDeviceList } from '#protocol/device-list.ts'
import { type LoggedEntry, type PublishedLog, answerGrowth, answerLookup } from '#protocol/merkle/answer.ts'
import { commit } from '#protocol/merkle/commitment.ts'
import { blind, deriveIndexKey, evaluate, finalise, indexInput, indexOf } from '#protocol/merkle/index-oprf.ts'
import { writeLeaf } from '#protocol/merkle/leaf.ts'
import { EMPTY_EDGE, append, edgeRoot } from '#protocol/merkle/log/edge.ts'
import { leafHash } from '#protocol/merkle/log/hash.ts'
import { tileNodes } from '#protocol/merkle/log/tile-nodes.ts'
import { type TileId, tilePath } from '#protocol/merkle/log/tiles.ts'
import { keyLogLookup } from '#protocol/http/key-log.ts'
import { type AccountProof, type LookupHead, proofOf } from '#protocol/merkle/lookup.ts'
import type { MapEntry } from '#protocol/merkle/map/hash.ts'
import { memoryPages } from '#protocol/merkle/map/memory.ts'
import { readMapProof } from '#protocol/merkle/map/proof.ts'
import { mapRoot, updateMap } from '#protocol/merkle/map/update.ts'
import { type TreeHead, formatCheckpoint } from '#protocol/merkle/notes/checkpoint.ts'
import { formatNote } from '#protocol/merkle/notes/note.ts'
import { cosign, noteSigner, signText } from '#protocol/merkle/notes/sign.ts'
import { type PinnedLog, verifyAccount, verifyEpoch } from '#protocol/merkle/verify-lookup.ts'
import { verifyWitnessed } from '#protocol/merkle/verify-witnessed.ts'
import { describeMachine } from './machine.ts'
import { spread } from './statistics.ts'

const ENTRIES = Number(process.argv[2] ?? 1_000_000)
const BATCH = 1_000
const BUILD_BATCH = 50_000
const ASKED = 200
const ROUNDS = 20
/** Of the lists that are asked for, in turn. */
const DEVICES = [1, 3, 10]
const GOALS = { verify: 20, answer: 10, octets: 8 * 1_024 }

const machine = describeMachine()
const indexKey = deriveIndexKey(randomBytes(32), utf8('bench'))
const ORIGIN = 'relay.example/keys'
const log = noteSigner(ORIGIN, 'log', randomBytes(32))
const witnesses = [1, 2, 3].map((number) => noteSigner(`witness${number}.example`, 'cosignature', randomBytes(32)))

/** Milliseconds of processor time, and the result. */
function timed<T>(run: () => T): [result: T, milliseconds: number] {
  const start = process.cpuUsage()
  const result = run()
  const { user, system } = process.cpuUsage(start)
  return [result, (user + system) / 1_000]
}

interface Asked {
  readonly account: string
  readonly devices: number
  readonly index: Uint8Array
  readonly entry: LoggedEntry
}

/** A list of one, three or ten devices, each with the key that envelopes are sealed to. */
function listOf(account: string, count: number): SignedDeviceList {
  const devices = Array.from({ length: count }, (_, at) => ({
    id: at + 1,
    registrationId: 16_000,
    deviceKey: toBase64url(randomBytes(32)),
    sealingKey: toBase64url(randomBytes(1_216)),
  }))
  const list = { account, version: 1, identityKey: toBase64url(randomBytes(33)), devices }
  return { bytes: toBase64url(utf8(JSON.stringify(list))), signature: toBase64url(randomBytes(64)) }
}

const asked: Asked[] = []
const tiles = new Map<string, Uint8Array>()
const pages = memoryPages()
const readTile = (tile: TileId) => tiles.get(tilePath(tile))
let edge = EMPTY_EDGE

/** 32 octets that are spread well enough, faster than random ones for secrets. */
function spreadOctets(): Uint8Array {
  return new Uint8Array(Uint32Array.from({ length: 8 }, () => Math.random() * 2 ** 32).buffer)
}

/** A leaf of a random account. */
function makeLeaf(position: number, isAsked: boolean): { leaf: Uint8Array; entry: MapEntry } {
  const index = spreadOctets()
  const account = toBase64url(index.subarray(0, 16))
  const devices = DEVICES[asked.length % DEVICES.length] ?? 1
  const list = isAsked ? listOf(account, devices) : undefined
  const opening = spreadOctets()
  const commitment = list ? commit(opening, { index, version: 1 }, fromBase64url(list.bytes)) : opening
  const leaf = writeLeaf({ kind: 'deviceList', index, version: 1, commitment })
  if (list) asked.push({ account, devices, index, entry: { position, leaf, opened: { opening, list } } })
  return { leaf, entry: { index, value: leafHash(leaf) } }
}

function appendLeaves(leaves: readonly Uint8Array[]): void {
  const next = append(edge, leaves.map(leafHash))
  for (const tile of next.tiles) tiles.set(tilePath(tile), tile.bytes)
  edge = next.edge
}

let epoch = 0
function publish(cosigners = witnesses.slice(0, 0)): PublishedLog & { readonly head: TreeHead } {
  epoch += 1
  const leaf = writeLeaf({
    kind: 'mapRoot',
    epoch,
    at: epoch,
    entries: ENTRIES,
    root: mapRoot(pages),
    indexKey: indexKey.publicKey,
  })
  appendLeaves([leaf])
  const head = { size: edge.size, root: edgeRoot(edge) }
  const text = formatCheckpoint({ origin: ORIGIN, ...head, extensions: [] })
  const signatures = [signText(log, text), ...cosigners.map((witness) => cosign(witness, text, 1_800_000_000))]
  const checkpoint = formatNote({ text, signatures })
  return { checkpoint, size: edge.size, read: tileNodes(edge.size, readTile), pages, mapRoot: leaf, head }
}

const buildStart = process.cpuUsage()
let former: TreeHead | undefined
const first: MapEntry[] = []
for (let from = 0; from < ENTRIES; from += BUILD_BATCH) {
  // What a client pinned some time ago: in the middle of the log.
  if (former === undefined && from >= ENTRIES / 2) former = publish().head
  const made = Array.from({ length: Math.min(BUILD_BATCH, ENTRIES - from) }, (_, at) =>
    makeLeaf(edge.size + at, (from + at) % Math.floor(ENTRIES / ASKED) === 0),
  )
  appendLeaves(made.map(({ leaf }) => leaf))
  for (const { entry } of made) first.push(entry)
}
updateMap(pages, first)
const build = process.cpuUsage(buildStart)
/** Of the processor, for the whole log and map. */
const buildSeconds = (build.user + build.system) / 1_000_000

/** What witnesses have cosigned so far, some batches ago: it comes with every answer. */
const cosigned = publish(witnesses)

const appendTimes: number[] = []
const mapTimes: number[] = []
for (let round = 0; round < ROUNDS; round += 1) {
  const made = Array.from({ length: BATCH }, () => makeLeaf(0, false))
  appendTimes.push(timed(() => appendLeaves(made.map(({ leaf }) => leaf)))[1])
  mapTimes.push(
    timed(() =>
      updateMap(
        pages,
        made.map(({ entry }) => entry),
      ),
    )[1],
  )
}
const [published, publishTime] = timed(() => publish())

const pinned: PinnedLog = {
  origin: ORIGIN,
  logKey: log.key,
  witnesses: [],
  quorum: 0,
  indexKey: indexKey.publicKey,
  head: former,
}
const cold: number[] = []
const warm: number[] = []
const verify: number[] = []
const verifyNext: number[] = []
/** Of an answer for who has the list, and by devices, for who has not. */
const octets: number[] = []
const octetsWithList = new Map<number, number[]>(DEVICES.map((count) => [count, []]))
const hashes: number[] = []
const notBefore = 0
const watching = { ...pinned, witnesses: witnesses.map(({ key }) => key) }
for (const { account, devices, index, entry } of asked) {
  const answer = (read: PublishedLog['read']) => ({
    ...answerLookup({ ...published, read }, index, former?.size ?? 0, entry),
    witnessed: {
      checkpoint: cosigned.checkpoint,
      consistency: answerGrowth({ size: published.size, read }, cosigned.size),
    },
  })
  cold.push(timed(() => answer(tileNodes(published.size, readTile)))[1])
  const [{ map, entry: found, ...head }, milliseconds] = timed(() => answer(published.read))
  warm.push(milliseconds)
  octetsWithList.get(devices)?.push(wireOctets(head, { map, ...(found && { entry: found }) }))
  const held = found?.opened?.list
  const proof = found?.opened && { map, entry: { ...found, opened: { opening: found.opened.opening } } }
  if (proof === undefined) throw new Error('nothing opened')
  const text = wire(head, proof)
  octets.push(utf8(text).length)
  hashes.push(readMapProof(fromBase64url(map))?.siblings.filter((sibling) => sibling !== undefined).length ?? 0)
  const [known, verifyTime] = timed(() => {
    const { accounts, ...rest } = v.parse(keyLogLookup.response, JSON.parse(text))
    const epochOf = verifyEpoch(rest, pinned, notBefore)
    const [part] = accounts
    if (typeof epochOf === 'string') throw new Error(epochOf)
    const seen = rest.witnessed && verifyWitnessed(rest.witnessed, epochOf.head, watching)
    if (typeof seen !== 'object' || seen.witnesses.length < witnesses.length) throw new Error('not cosigned')
    if (part === undefined || 'failed' in part) throw new Error('not answered')
    const result = verifyAccount(proofOf(rest, part, held), epochOf, { account, index })
    if (typeof result === 'string') throw new Error(result)
    return { epochOf, proof: proofOf(rest, part, held) }
  })
  verify.push(verifyTime)
  // What every further account of the same answer costs.
  verifyNext.push(timed(() => verifyAccount(known.proof, known.epochOf, { account, index }))[1])
}

function wire(head: LookupHead, proof: AccountProof): string {
  return JSON.stringify({ ...head, accounts: [proof] })
}

function wireOctets(head: LookupHead, proof: AccountProof): number {
  return utf8(wire(head, proof)).length
}
// The first ones warm up the compiler.
const WARM_UP = Math.floor(ASKED / 10)

const indexTimes = { blind: [] as number[], evaluate: [] as number[], finalise: [] as number[], own: [] as number[] }
for (let round = 0; round < ROUNDS; round += 1) {
  const account = toBase64url(randomBytes(16))
  const [blinded, blindTime] = timed(() => blind(indexInput(account)))
  const [evaluation, evaluateTime] = timed(() => evaluate(indexKey, [blinded.blinded]))
  if (evaluation === undefined) throw new Error('not evaluated')
  const [, finaliseTime] = timed(() => finalise([blinded], indexKey.publicKey, evaluation))
  indexTimes.blind.push(blindTime)
  indexTimes.evaluate.push(evaluateTime)
  indexTimes.finalise.push(finaliseTime)
  indexTimes.own.push(timed(() => indexOf(indexKey, account))[1])
}

const verified = spread(verify.slice(WARM_UP))
const answeredCold = spread(cold.slice(WARM_UP))
const size = spread(octets)
const result = {
  at: new Date().toISOString(),
  command: `node bench/merkle.ts${process.argv[2] === undefined ? '' : ` ${process.argv[2]}`}`,
  machine,
  entries: ENTRIES,
  leaves: published.size,
  goals: GOALS,
  met: {
    verify: verified.median < GOALS.verify,
    answer: answeredCold.median < GOALS.answer,
    octets: size.max < GOALS.octets,
  },
  figures: {
    buildSeconds,
    /** Per lookup, in ms: with no tile hashed before, and with a reader that has hashed the upper ones. */
    answerCold: answeredCold,
    answerWarm: spread(warm.slice(WARM_UP)),
    /** Per lookup, in ms: all proofs, the log's signatures of the head and of what was cosigned, and three cosignatures. */
    verify: verified,
    /** The same of every further account in one answer. */
    verifyNext: spread(verifyNext.slice(WARM_UP)),
    /** Of the answer as JSON, for who has the list already, however many devices there are. */
    answerOctets: size,
    /** With the list in it, by its devices: for who has another version. */
    answerOctetsWithList: Object.fromEntries(Array.from(octetsWithList, ([count, all]) => [count, spread(all)])),
    /** Siblings in the map's proof that have entries. */
    mapProofHashes: spread(hashes),
    /** Per 1,000 entries, in ms. */
    appendBatch: spread(appendTimes),
    mapBatch: spread(mapTimes),
    publish: publishTime,
    indexMs: Object.fromEntries(Object.entries(indexTimes).map(([name, times]) => [name, spread(times)])),
    mapPages: pages.size(),
    tiles: tiles.size,
  },
}
await writeFile(new URL('results/merkle.json', import.meta.url), `${JSON.stringify(result, undefined, 2)}\n`)
process.stdout.write(`${JSON.stringify({ met: result.met, figures: result.figures }, undefined, 2)}\n`)
