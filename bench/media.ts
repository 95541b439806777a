/**
 * Opt-in: a file of 100 MiB up and down through a relay that runs here (`npm start`), in engines of this process, with
 * the memory that it takes. Not part of `npm test` or of `npm run bench`: it writes 300 MiB.
 *
 *     node bench/media.ts [--relay http://localhost:8787] [--mib 100]
 */

import { createHash, randomBytes } from 'node:crypto'
import { createWriteStream, openAsBlob } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Engine, openEngine, openFileMediaStore, openFileStore } from '#sdk/node.ts'

const MIB = 1_024 * 1_024
const { values } = parseArgs({
  options: { relay: { type: 'string', default: 'http://localhost:8787' }, mib: { type: 'string', default: '100' } },
})
const size = Number(values.mib) * MIB
const folder = await mkdtemp(join(tmpdir(), 'silentrelay-bench-media-'))

async function device(name: string): Promise<Engine> {
  const engine = await openEngine({
    relayUrl: values.relay,
    store: await openFileStore(join(folder, name, 'store.sqlite')),
    mediaStore: openFileMediaStore(join(folder, name, 'media')),
    settings: { acceptsStrangers: true },
  })
  await engine.register({ username: `bench.${randomBytes(6).toString('hex')}` })
  await engine.connect()
  return engine
}

let peak = 0
/** Buffers are outside of the heap. Their memory goes when the collector runs: the peak is an upper bound. */
const timer = setInterval(() => {
  const { heapUsed, external } = process.memoryUsage()
  peak = Math.max(peak, heapUsed + external)
}, 20)

/** Runs a step, and prints how long it took and what memory it had at most. */
async function measured<T>(what: string, step: () => Promise<T>): Promise<T> {
  globalThis.gc?.()
  peak = 0
  const begun = performance.now()
  const result = await step()
  const seconds = (performance.now() - begun) / 1_000
  const speed = size / MIB / seconds
  process.stdout.write(
    `${what}: ${seconds.toFixed(1)} s, ${speed.toFixed(1)} MiB/s, ${(peak / MIB).toFixed(0)} MiB of memory at most\n`,
  )
  return result
}

const [ada, bob] = [await device('ada'), await device('bob')]
try {
  const path = join(folder, 'file')
  const expected = createHash('sha256')
  const file = createWriteStream(path)
  for (let written = 0; written < size; written += MIB) {
    const octets = randomBytes(Math.min(MIB, size - written))
    expected.update(octets)
    file.write(octets)
  }
  await new Promise<void>((resolve) => file.end(resolve))

  const arrived = Promise.withResolvers<{ conversation: string; order: number; id: string }>()
  bob.on('message', (message) => arrived.resolve(message))
  const blob = await openAsBlob(path)
  await measured('sealed', () =>
    ada.sendFiles(bob.account ?? '', [{ file: blob, view: 'file', type: 'application/zip' }]),
  )
  const { conversation, order, id } = await measured('stored and told', () => arrived.promise)
  const place = { conversation, order, id, item: 0 }
  await measured('loaded and verified', () => bob.media.download(place))
  const found = createHash('sha256')
  await measured('read', async () => {
    for await (const octets of bob.media.read(place)) found.update(octets)
  })
  const isSame = found.digest('hex') === expected.digest('hex')
  process.stdout.write(`the digest is ${isSame ? 'the same' : 'ANOTHER'}\n`)
  process.exitCode = isSame ? 0 : 1
} finally {
  clearInterval(timer)
  await Promise.all([ada.close(), bob.close()])
  await rm(folder, { recursive: true, force: true })
}
