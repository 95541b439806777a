/** The relay's side of witnesses, with this witness. */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { Cosigner } from '#durable-objects/key-log/cosigner.ts'
import { publish } from '#durable-objects/key-log/publish.ts'
import type { Sequencer } from '#durable-objects/key-log/sequencer.ts'
import { newList } from '#durable-objects/key-log/testing/lists.ts'
import { KEYS, MemoryFolder, openLog } from '#durable-objects/key-log/testing/logs.ts'
import { readWitnesses } from '#durable-objects/key-log/witnesses.ts'
import { nodeSql } from '#durable-objects/testing/node-sql.ts'
import { formatVerifierKey } from '#protocol/merkle/notes/keys.ts'
import { noteSigner } from '#protocol/merkle/notes/sign.ts'
import { verifyHead } from '#protocol/merkle/verify-head.ts'
import { verifyWitnessed } from '#protocol/merkle/verify-witnessed.ts'
import { openMemory } from './memory.ts'
import { Witness } from './rules.ts'

const SIGNERS = [1, 2].map((at) => noteSigner(`witness.example/${at}`, 'cosignature', new Uint8Array(32).fill(at)))
const SETTING = SIGNERS.map(({ key }, at) => `${formatVerifierKey(key)} http://witness.test/${at}/`).join(', ')
const WITNESSES = readWitnesses(SETTING)
const TRUST = { origin: KEYS.origin, logKey: KEYS.signer.key, witnesses: SIGNERS.map(({ key }) => key), quorum: 0 }
const NOW = 1_800_000_000_000

let folder: string
let witnesses: Map<string, Witness>
let isDown: (url: string) => boolean
let asked: number
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'silentrelay-cosigning-'))
  witnesses = new Map()
  for (const [at, signer] of SIGNERS.entries()) {
    const memory = await openMemory(join(folder, `${at}.json`))
    witnesses.set(`http://witness.test/${at}/add-checkpoint`, new Witness(signer, [KEYS.signer.key], memory))
  }
  isDown = () => false
  asked = 0
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const post = async (url: string, body: string) => {
  asked += 1
  const witness = isDown(url) ? undefined : witnesses.get(url)
  if (witness === undefined) throw new Error('down')
  return witness.addCheckpoint(body, NOW)
}
const newCosigner = () => new Cosigner(WITNESSES, post)
const grow = (log: Sequencer, count: number, at: number) => {
  for (let list = 0; list < count; list += 1) log.append(newList())
  log.sequence(at)
}

/** Who cosigned what a client is shown with an answer, and of which size. */
function seenBy(log: Sequencer) {
  const { head } = log.lookup(
    [],
    0,
    WITNESSES.map(({ verifierKey }) => verifierKey),
  )
  const verified = verifyHead(head.checkpoint, [], TRUST)
  if (typeof verified === 'string' || head.witnessed === undefined) return undefined
  const found = verifyWitnessed(head.witnessed, verified, TRUST)
  if (typeof found === 'string') throw new Error(found)
  return { size: found.size, names: found.witnesses.map(({ key }) => key.name) }
}

it('Q-36: all witnesses cosign the newest checkpoint, which is published with that, and served as the log grows on', async () => {
  const log = openLog()
  const cosigner = newCosigner()
  grow(log, 3, 1_000)
  expect(seenBy(log)).toBeUndefined()
  const public_ = new MemoryFolder()
  await publish(log, public_)
  expect(log.unpublishedCheckpoint).toBeUndefined()
  expect(await cosigner.round(log, () => NOW)).toBe(true)
  expect(seenBy(log)).toEqual({ size: 4, names: ['witness.example/1', 'witness.example/2'] })
  expect(log.unpublishedCheckpoint).toMatchObject({ size: 4, cosignatures: 2 })
  await publish(log, public_)
  expect(log.unpublishedCheckpoint).toBeUndefined()
  expect(verifyHead(public_.checkpoints.at(-1) ?? '', [], { ...TRUST, quorum: 2 })).toMatchObject({ size: 4 })
  expect(await public_.audit(TRUST.witnesses)).toMatchObject({ size: 4 })
  // What is published with cosignatures is the same checkpoint: the log goes on from it.
  expect(log.isAtLeast(public_.checkpoints.at(-1) ?? '')).toBe(true)
  expect(cosigner.due(log, NOW + 60_000)).toBeUndefined()
  grow(log, 300, 2_000)
  expect(seenBy(log)?.size).toBe(4)
  expect(cosigner.due(log, NOW)).toBe(NOW + 5_000)
  expect(await cosigner.round(log, () => NOW)).toBe(true)
  expect(seenBy(log)?.size).toBe(305)
})

it('Q-36: a witness that is down does not keep the others, is asked again with growing pauses, and not for ever', async () => {
  const log = openLog()
  const cosigner = newCosigner()
  grow(log, 1, 1_000)
  isDown = (url) => url.includes('/1/')
  let now = NOW
  await cosigner.round(log, () => now)
  expect(seenBy(log)).toEqual({ size: 2, names: ['witness.example/1'] })
  const pauses: number[] = []
  for (let due = cosigner.due(log, now); due !== undefined; due = cosigner.due(log, now)) {
    pauses.push(due - now)
    now = due
    await cosigner.round(log, () => now)
  }
  expect(pauses.slice(0, 3)).toEqual([2_000, 4_000, 8_000])
  expect(pauses.length).toBeLessThan(10)
  const before = asked
  isDown = () => false
  grow(log, 1, 2_000)
  expect(cosigner.due(log, now)).toBeDefined()
  await cosigner.round(log, () => now)
  expect(asked).toBe(before + 2)
  expect(seenBy(log)?.names).toHaveLength(2)
})

it('Q-36: a witness that stands elsewhere says where, and is shown how the log grew from there', async () => {
  const sql = nodeSql()
  const log = openLog(sql)
  grow(log, 3, 1_000)
  await newCosigner().round(log, () => NOW)
  // The log's knowledge of its witnesses is lost.
  sql.exec('DELETE FROM witnesses')
  grow(log, 3, 2_000)
  const cosigner = newCosigner()
  expect(await cosigner.round(log, () => NOW)).toBe(false)
  expect(cosigner.due(log, NOW)).toBe(NOW + 500)
  expect(await cosigner.round(log, () => NOW)).toBe(true)
  expect(seenBy(log)?.size).toBe(8)
})

it('Q-36: gets no cosignature for another history, or for a log that went back', async () => {
  const log = openLog()
  grow(log, 3, 1_000)
  await newCosigner().round(log, () => NOW)
  for (const count of [1, 3, 5]) {
    const fork = openLog()
    grow(fork, count, 1_000)
    const cosigner = newCosigner()
    await cosigner.round(fork, () => NOW)
    await cosigner.round(fork, () => NOW)
    expect(seenBy(fork)).toBeUndefined()
  }
})

it('reads the setting, and refuses what names no witness', () => {
  expect(readWitnesses(undefined)).toEqual([])
  expect(readWitnesses(' ')).toEqual([])
  expect(WITNESSES.map(({ url }) => url)).toEqual([...witnesses.keys()])
  const [one] = SETTING.split(',')
  const log = formatVerifierKey(KEYS.signer.key)
  for (const wrong of ['x', `${log} https://w.test`, `${one} x`, `${one}, ${one}`, (one ?? '').replace('http', 'ftp')])
    expect(() => readWitnesses(wrong)).toThrow(RangeError)
})
