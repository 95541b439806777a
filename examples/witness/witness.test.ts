import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { fromUtf8, utf8 } from '#protocol/bytes.ts'
import { fromBase64 } from '#protocol/merkle/notes/base64.ts'
import { parseNote } from '#protocol/merkle/notes/note.ts'
import { openNote } from '#protocol/merkle/notes/open.ts'
import { noteSigner } from '#protocol/merkle/notes/sign.ts'
import { LOG } from '#protocol/merkle/testing/server.ts'
import { PublishedTestLog } from '#protocol/merkle/testing/published.ts'
import { feed } from './feed.ts'
import { openMemory } from './memory.ts'
import { Witness } from './rules.ts'
import { witnessServer } from './server.ts'

const SIGNER = noteSigner('witness.example/test', 'cosignature', new Uint8Array(32).fill(6))
const NOW = 1_800_000_000_000

let folder: string
let witness: Witness
const post = (body: string) => witness.addCheckpoint(body, NOW)
const reopen = async () => {
  witness = new Witness(SIGNER, [LOG.key], await openMemory(join(folder, 'heads.json')))
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'silentrelay-witness-'))
  await reopen()
})

afterEach(() => rm(folder, { recursive: true, force: true }))

const checkpointOf = (log: PublishedTestLog) => fromUtf8(log.files.get('checkpoint') ?? new Uint8Array(0))

/** When the note with the witness's line was cosigned, in seconds; `undefined` when it was not. */
function cosignedAt(log: PublishedTestLog, line: string): number | undefined {
  const note = parseNote(checkpointOf(log) + line)
  return note && openNote(note, [SIGNER.key])?.[0]?.time
}

it('cosigns a log as it grows, also after a restart, and the same checkpoint again', async () => {
  const log = new PublishedTestLog().put(1, 1).publish()
  expect(cosignedAt(log, await feed(log.read, post))).toBe(NOW / 1_000)
  for (let number = 2; number < 700; number += 1) log.put(number, 1)
  log.publish()
  await reopen()
  expect(cosignedAt(log, await feed(log.read, post))).toBe(NOW / 1_000)
  expect(cosignedAt(log, await feed(log.read, post))).toBe(NOW / 1_000)
})

it('gives a fork, or a log that went back, no cosignature', async () => {
  const log = new PublishedTestLog().put(1, 1).put(2, 1).publish()
  await feed(log.read, post)
  const fork = new PublishedTestLog().put(1, 1).put(3, 1).publish()
  await expect(feed(fork.read, post)).rejects.toThrow('409')
  await expect(feed(fork.put(4, 1).publish().read, post)).rejects.toThrow('422')
  const shorter = new PublishedTestLog().put(1, 1).publish()
  await expect(feed(shorter.read, post)).rejects.toThrow('409')
  expect(cosignedAt(log, await feed(log.read, post))).toBe(NOW / 1_000)
})

it('answers what it does not take as the specification says', async () => {
  const log = new PublishedTestLog().put(1, 1).publish()
  const note = checkpointOf(log)
  const statusOf = async (body: string) => (await post(body)).status
  expect(await statusOf('')).toBe(400)
  expect(await statusOf(`old x\n\n${note}`)).toBe(400)
  expect(await statusOf(`old 0\nnot base64\n\n${note}`)).toBe(400)
  expect(await statusOf(`old 9\n\n${note}`)).toBe(400)
  expect(await statusOf(`old 0\n${'A'.repeat(43)}=\n\n${note}`)).toBe(422)
  expect(await statusOf(`old 0\n\n${note.replace('relay.example', 'other.example')}`)).toBe(404)
  const tampered = note.replace(/^(.*\n)\d+/, '$19')
  expect(await statusOf(`old 0\n\n${tampered}`)).toBe(403)
  expect(await post(`old 1\n\n${note}`)).toEqual({ status: 409, body: '0\n', type: 'text/x.tlog.size' })
})

it('two forks at the same moment: one of them is cosigned', async () => {
  const notes = [1, 2].map((number) => checkpointOf(new PublishedTestLog().put(number, 1).publish()))
  const answers = await Promise.all(notes.map((note) => post(`old 0\n\n${note}`)))
  expect(answers.map(({ status }) => status)).toEqual([200, 409])
})

it('does not begin with a damaged memory', async () => {
  await writeFile(join(folder, 'heads.json'), '{"x":')
  await expect(reopen()).rejects.toThrow(SyntaxError)
})

it('serves it over HTTP', async () => {
  const server = witnessServer(witness).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}/add-checkpoint`
  try {
    const log = new PublishedTestLog().put(1, 1).publish()
    const line = await feed(log.read, async (body) => {
      const response = await fetch(url, { method: 'POST', body })
      return { status: response.status, body: await response.text() }
    })
    expect(cosignedAt(log, line)).toBeGreaterThan(NOW / 1_000_000)
    expect((await fetch(url)).status).toBe(405)
    expect((await fetch(url, { method: 'POST', body: 'x'.repeat(200_000) })).status).toBe(413)
    expect(fromBase64(line.split(' ')[2]?.trim() ?? '')?.length).toBe(4 + 8 + 64)
    expect(utf8(line).length).toBeLessThan(200)
  } finally {
    server.close()
  }
})
