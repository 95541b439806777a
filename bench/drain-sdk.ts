/**
 * How fast the engine reads 10,000 waiting envelopes: frames parsed, content decoded, messages, cursor and receipts
 * committed, acknowledgements sent; with a null cipher, so that the engine's own cost is seen. Budget: 10,000/s.
 * Prints JSON.
 */

import { randomBytes, toBase64url } from '#protocol/bytes.ts'
import { encodeContent } from '#protocol/content/codec.ts'
import { MemoryDisk } from '#sdk/store/memory.ts'
import type { Store } from '#sdk/store/store.ts'
import { openFileStore } from '#sdk/store/node/file.ts'
import { openEngine } from '#sdk/session/open-engine.ts'
import { FakeRelay } from '#sdk/session/testing/fake-relay.ts'
import { nullCipher } from '#sdk/session/testing/null-cipher.ts'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const ENVELOPES = 10_000
const RUNS = 5
const BODY = 'x'.repeat(300)

/** Seconds from `connect` (login included) to the last envelope, and milliseconds to the first page. */
async function drain(store: Store): Promise<{ seconds: number; firstMs: number }> {
  const relay = new FakeRelay()
  const { openSocket } = relay
  const fetch = relay.fetchFor('bench')
  const engine = await openEngine({ relayUrl: 'https://relay.test', store, fetch, openSocket, cipher: nullCipher })
  await engine.register()
  const account = relay.account(engine.account ?? '')
  const registrationId = account.list.devices[0]?.registrationId ?? 0
  const from = { account: toBase64url(randomBytes(16)), device: 1 }
  const plaintext = encodeContent({ kind: 'text', body: BODY })
  const body = toBase64url(Uint8Array.of(1, ...plaintext))
  for (let sent = 0; sent < ENVELOPES; sent += 1) {
    const messageId = toBase64url(randomBytes(16))
    const envelopes = [{ device: 1, registrationId, body }]
    account.deposit(from, { messageId, to: account.id, deviceListVersion: 1, envelopes }, 1, () => undefined)
  }
  const startedAt = performance.now()
  let firstAt: number | undefined
  engine.on('message', () => {
    firstAt ??= performance.now()
  })
  const done = new Promise((resolve) => engine.on('caughtUp', resolve))
  await engine.connect()
  await done
  const endedAt = performance.now()
  const [conversation] = await engine.conversations()
  if (conversation?.unread !== ENVELOPES) throw new Error('not everything was read')
  await engine.close()
  return { seconds: (endedAt - startedAt) / 1_000, firstMs: (firstAt ?? endedAt) - startedAt }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

async function measure(open: (run: number) => Promise<Store>) {
  const runs = []
  for (let run = 0; run < RUNS; run += 1) runs.push(await drain(await open(run)))
  return {
    envelopesPerSecond: Math.round(ENVELOPES / median(runs.map(({ seconds }) => seconds))),
    firstPageMs: Math.round(median(runs.map(({ firstMs }) => firstMs))),
  }
}

const folder = await mkdtemp(join(tmpdir(), 'drain-'))
try {
  const disk = new MemoryDisk()
  const memory = await measure((run) => disk.open(String(run)))
  const file = await measure((run) => openFileStore(join(folder, `${run}.sqlite`)))
  process.stdout.write(`${JSON.stringify({ bench: 'drain-sdk', envelopes: ENVELOPES, runs: RUNS, memory, file })}\n`)
} finally {
  await rm(folder, { recursive: true })
}
