/**
 * What the key log costs to keep and to audit: `node bench/key-log.ts [leaves]`. Writes `results/key-log.json`. The log's own rules, over
 * SQLite in memory, in one process: device lists in batches, as the object sequences them, published to a folder in memory, audited
 * from there. Then single octets are changed, in files of every kind that is published, the first and the last octet among them, and
 * audited again: each has to be found.
 *
 * Times are of the processor, all threads of the process together: they suffer least from what else the machine does.
 */

import { writeFile } from 'node:fs/promises'
import { randomBytes, toBase64url } from '#protocol/bytes.ts'
import { MemoryFolder, openLog } from '#durable-objects/key-log/testing/logs.ts'
import { newList } from '#durable-objects/key-log/testing/lists.ts'
import { publish } from '#durable-objects/key-log/publish.ts'
import { nodeSql } from '#durable-objects/testing/node-sql.ts'
import { AUDIT_FAILURES, AuditFailure } from '#protocol/merkle/audit/failures.ts'
import { describeMachine } from './machine.ts'
import { spread } from './statistics.ts'

const LEAVES = Number(process.argv[2] ?? 100_000)
/** Versions that come between two batches. */
const BATCH = 250
const ASKED = 200
/** Which octets are changed in files of each kind; the rest by chance. */
const PLACES = ['first', 'last', 'any', 'any', 'any', 'any'] as const

const machine = describeMachine()

/** Milliseconds of processor time, and the result. */
async function timed<T>(run: () => T | Promise<T>): Promise<[result: T, milliseconds: number]> {
  const start = process.cpuUsage()
  const result = await run()
  const { user, system } = process.cpuUsage(start)
  return [result, (user + system) / 1_000]
}

const sql = nodeSql()
const log = openLog(sql)
// A build of the web client is logged, too.
log.manifests.take(toBase64url(randomBytes(32)), 0)
const indexes: string[] = []
const batches: number[] = []
let count = 0
while (count + BATCH < LEAVES) {
  const lists = Array.from({ length: BATCH }, () => newList())
  for (const list of lists) log.append(list)
  batches.push((await timed(() => log.sequence(count)))[1])
  indexes.push(lists[0]?.index ?? '')
  count += BATCH + 1
}

const folder = new MemoryFolder()
const [, published] = await timed(() => publish(log, folder))
const answers: number[] = []
for (let at = 0; at < ASKED; at += 1) {
  const index = indexes[Math.floor((at * indexes.length) / ASKED)] ?? ''
  answers.push((await timed(() => log.lookup([index], Math.floor(count / 2))))[1])
}
const [report, audited] = await timed(() => folder.audit())

/** By what they hold: leaves, hashes of each level, the signed head. */
const kinds = new Map<string, string[]>()
for (const path of folder.files.keys()) {
  const kind = path.replace(/^(tile\/\w+)\/.*/, '$1')
  kinds.set(kind, [...(kinds.get(kind) ?? []), path])
}
const anyOf = <T>(items: readonly T[]): T => items[Math.floor(Math.random() * items.length)] as T

const found: Record<string, string[]> = {}
for (const [kind, paths] of kinds) {
  found[kind] = []
  for (const place of PLACES) {
    const path = anyOf(paths)
    const honest = folder.files.get(path) ?? new Uint8Array(0)
    const last = honest.length - 1
    const at = place === 'first' ? 0 : place === 'last' ? last : Math.floor(Math.random() * honest.length)
    const changed = Uint8Array.from(honest)
    changed[at] = (changed[at] ?? 0) ^ (1 << Math.floor(Math.random() * 8))
    folder.files.set(path, changed)
    const failure = await folder.audit().then(
      () => 'not found',
      (error: unknown) => (error instanceof AuditFailure ? error.failure : String(error)),
    )
    found[kind].push(`${path} at ${at}: ${failure}`)
    folder.files.set(path, honest)
  }
}

const [pages] = sql.exec<{ page_count: number }>('PRAGMA page_count')
const [page] = sql.exec<{ page_size: number }>('PRAGMA page_size')
const storage = (pages?.page_count ?? 0) * (page?.page_size ?? 0)
const results = {
  at: new Date().toISOString(),
  command: `node bench/key-log.ts ${LEAVES}`,
  machine,
  leaves: report.size,
  accounts: report.accounts,
  epochs: report.epoch,
  figures: {
    batchMs: spread(batches),
    perVersionMs: batches.reduce((sum, ms) => sum + ms, 0) / report.accounts,
    publishSeconds: published / 1_000,
    answerMs: spread(answers),
    auditSeconds: audited / 1_000,
    storageOctetsPerVersion: Math.round(storage / report.accounts),
    publicOctetsPerVersion: Math.round(
      [...folder.files.values()].reduce((sum, { length }) => sum + length, 0) / report.accounts,
    ),
  },
  flips: found,
}
await writeFile(new URL('results/key-log.json', import.meta.url), `${JSON.stringify(results, null, 2)}\n`)
process.stdout.write(`${JSON.stringify(results, null, 2)}\n`)
const isNamed = (line: string) => Object.keys(AUDIT_FAILURES).some((failure) => line.endsWith(`: ${failure}`))
if (!Object.values(found).flat().every(isNamed)) process.exitCode = 1
