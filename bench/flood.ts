/**
 * What a blocked flood does to everybody else: `node bench/flood.ts`. Writes `results/flood.json`. Lone hops between two who are connected, in turn:
 * while nobody else asks anything; while an address that the watch has blocked asks for challenges at a steady rate; while as many
 * requests ask `/live`, the least that the Worker does, which shows what any request costs on cores that it shares with the load.
 */

import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { toBase64url } from '#protocol/bytes.ts'
import { Generator } from './load/generator.ts'
import { cpuSeconds, describeMachine } from './machine.ts'
import { startPostgres, startRelay } from './parts.ts'
import { quantile, spread } from './statistics.ts'

/** Many and short: what else the machine does then meets neighbours alike. */
const ROUNDS = 24
const HOPS = 60
const PER_SECOND = 250
const ATTACKER = '203.0.113.66'

const machine = describeMachine()
const folder = await mkdtemp(join(tmpdir(), 'silentrelay-flood-'))
const postgres = await startPostgres(folder)
const relay = await startRelay(folder, postgres, { name: 'relay', persistAfterS: 3_600 })
const generator = new Generator()

/** Guesses challenges until the address is refused. */
async function getBlocked(): Promise<void> {
  const guess = {
    account: 'AAAAAAAAAAAAAAAAAAAAAA',
    device: 1,
    challenge: toBase64url(new Uint8Array(56)),
    signature: toBase64url(new Uint8Array(64)),
  }
  for (let turn = 0; turn < 2_000; turn += 1) {
    const response = await fetch(`http://127.0.0.1:${relay.port}/v1/auth/tokens`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'cf-connecting-ip': ATTACKER },
      body: JSON.stringify(guess),
    })
    await response.arrayBuffer()
    if (Number(response.headers.get('retry-after') ?? 0) > 60) return
  }
  throw new Error('the address was not blocked')
}

async function flooded<T>(path: string | undefined, work: () => Promise<T>) {
  if (path === undefined) return { result: await work(), statuses: {} }
  const child: ChildProcess = fork(new URL('load/flooder.ts', import.meta.url), [
    String(relay.port),
    path,
    ATTACKER,
    String(PER_SECOND),
  ])
  await sleep(500)
  const result = await work()
  child.send('end')
  const [statuses] = (await once(child, 'message')) as [Record<string, number>]
  return { result, statuses }
}

const KINDS = [
  ['quiet', undefined],
  ['blocked flood', '/v1/auth/challenges'],
  ['requests to /live', '/live'],
] as const
const figures = new Map<string, { p50: number[]; p95: number[]; statuses: Record<string, number>[] }>(
  KINDS.map(([name]) => [name, { p50: [], p95: [], statuses: [] }]),
)

/** Milliseconds of workerd's processor time for one request, nobody else asking anything. */
async function processorTime(path: string): Promise<number> {
  const before = cpuSeconds(relay.pid) ?? Number.NaN
  const { statuses } = await flooded(path, () => sleep(4_000))
  const requests = Object.values(statuses).reduce((sum, count) => sum + count, 0)
  return (((cpuSeconds(relay.pid) ?? Number.NaN) - before) / requests) * 1_000
}

const processor: Record<string, number> = {}

try {
  await getBlocked()
  for (const path of ['/v1/auth/challenges', '/live']) processor[path] = await processorTime(path)
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [name, path] of KINDS) {
      const hops = () => generator.run('loneHops', { target: 'relay', port: relay.port, hops: HOPS })
      const { result, statuses } = await flooded(path, hops)
      const own = figures.get(name)
      own?.p50.push(quantile(result.latencies, 0.5))
      own?.p95.push(quantile(result.latencies, 0.95))
      own?.statuses.push(statuses)
    }
  }
} finally {
  generator.close()
  await relay.close()
  await postgres.close()
  await rm(folder, { recursive: true, force: true })
}

const totals = Object.fromEntries(
  KINDS.map(([name]) => {
    const sums: Record<string, number> = {}
    for (const statuses of figures.get(name)?.statuses ?? []) {
      for (const [status, count] of Object.entries(statuses)) sums[status] = (sums[status] ?? 0) + count
    }
    return [name, sums]
  }),
)

const of = (name: (typeof KINDS)[number][0], figure: 'p50' | 'p95') => figures.get(name)?.[figure] ?? []
const ratio = (name: (typeof KINDS)[number][0], to: (typeof KINDS)[number][0], figure: 'p50' | 'p95') =>
  spread(of(name, figure).map((value, round) => value / (of(to, figure)[round] ?? Number.NaN)))

const results = {
  at: new Date().toISOString(),
  command: 'node bench/flood.ts',
  machine,
  rounds: ROUNDS,
  hops: HOPS,
  floodPerSecond: PER_SECOND,
  figures: Object.fromEntries(
    KINDS.map(([name]) => [name, { p50: spread(of(name, 'p50')), p95: spread(of(name, 'p95')) }]),
  ),
  ratios: {
    'blocked flood to quiet': {
      p50: ratio('blocked flood', 'quiet', 'p50'),
      p95: ratio('blocked flood', 'quiet', 'p95'),
    },
    'blocked flood to requests to /live': {
      p50: ratio('blocked flood', 'requests to /live', 'p50'),
      p95: ratio('blocked flood', 'requests to /live', 'p95'),
    },
  },
  answers: totals,
  processorMsPerRequest: processor,
}
await writeFile(new URL('results/flood.json', import.meta.url), `${JSON.stringify(results, null, 2)}\n`)
process.stdout.write(`${JSON.stringify(results, null, 2)}\n`)
