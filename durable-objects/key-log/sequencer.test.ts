import { beforeEach, describe, expect, it } from 'vitest'
import { proveInclusion } from '#protocol/merkle/log/prove.ts'
import { verifyHead } from '#protocol/merkle/verify-head.ts'
import { readHashes } from '#protocol/merkle/lookup.ts'
import type { Sql } from '../sql.ts'
import { nodeSql } from '../testing/node-sql.ts'
import { publish } from './publish.ts'
import type { Sequencer } from './sequencer.ts'
import { newList } from './testing/lists.ts'
import { KEYS, MemoryFolder, openLog } from './testing/logs.ts'

const headOf = (checkpoint: string) => checkpoint.split('\n').slice(1, 3).join(' ')
const sizeOf = (checkpoint: string) => Number(checkpoint.split('\n')[1])
const checkpointOf = (log: Sequencer) => log.lookup([], 0).head.checkpoint

/** Storage that fails at the nth statement from now. */
function failing(sql: Sql): Sql & { failAt: number } {
  const wrapped = {
    failAt: Infinity,
    exec: ((...args: Parameters<Sql['exec']>) => {
      wrapped.failAt -= 1
      if (wrapped.failAt < 0) throw new Error('storage failed')
      return sql.exec(...args)
    }) as Sql['exec'],
    transaction: <T>(work: () => T) => sql.transaction(work),
  }
  return wrapped
}

describe('append', () => {
  let log: Sequencer
  beforeEach(() => {
    log = openLog()
  })

  it('Q-2: takes a version once, before and after it is logged', () => {
    const list = newList()
    expect([log.append(list), log.append(list)]).toEqual(['waiting', 'waiting'])
    log.sequence(1_000)
    expect([log.append(list), log.hasPending]).toEqual(['logged', false])
    // One leaf and the map root.
    expect(sizeOf(checkpointOf(log))).toBe(2)
  })

  it('Q-2: refuses another list of a version that waits or is logged, and versions that are not the next', () => {
    const first = newList(undefined, 3)
    const { index } = first
    log.append(first)
    expect(log.append(newList(index, 3))).toBe('conflict')
    expect(log.append(newList(index, 5))).toBe('notNext')
    const second = newList(index, 4)
    expect(log.append(second)).toBe('waiting')
    log.sequence(1_000)
    expect([log.append(newList(index, 3)), log.append(newList(index, 4))]).toEqual(['conflict', 'conflict'])
    expect([log.append(newList(index, 2)), log.append(newList(index, 6))]).toEqual(['notNext', 'notNext'])
    expect([log.append(first), log.append(second)]).toEqual(['logged', 'logged'])
  })

  it('Q-3: a burst is one batch, in its order, with one map root', () => {
    const lists = Array.from({ length: 100 }, () => newList())
    for (const list of lists) log.append(list)
    log.sequence(1_000)
    const answer = log.lookup(
      lists.map(({ index }) => index),
      0,
    )
    const positions = answer.at.map(({ proof }) => proof.entry?.position)
    expect(positions).toEqual(Array.from({ length: 100 }, (_, at) => at))
    expect(sizeOf(checkpointOf(log))).toBe(101)
  })

  it('more than a batch holds is logged by the next', () => {
    for (let at = 0; at < 600; at += 1) log.append(newList())
    log.sequence(1_000)
    expect(log.hasPending).toBe(true)
    log.sequence(1_001)
    expect(log.hasPending).toBe(false)
  })
})

describe('lookup', () => {
  it('proves growth from what was pinned, and answers a pin that is ahead with the checkpoint alone', () => {
    const log = openLog()
    log.sequence(1_000, true)
    const trust = { origin: KEYS.origin, logKey: KEYS.signer.key, witnesses: [], quorum: 0 }
    const first = verifyHead(checkpointOf(log), [], trust)
    if (typeof first === 'string') throw new Error(first)
    for (let at = 0; at < 300; at += 1) log.append(newList())
    log.sequence(2_000)
    const { head } = log.lookup([newList().index], first.size)
    const grown = verifyHead(head.checkpoint, readHashes(head.consistency), { ...trust, head: first })
    expect(grown).toMatchObject({ size: 302 })
    expect(log.lookup([], 1_000).head).toMatchObject({ checkpoint: head.checkpoint, consistency: '' })
  })

  it('wants a new map root when there is none, or it is old', () => {
    const log = openLog()
    expect(log.isStale(1_000)).toBe(true)
    log.sequence(1_000, true)
    expect([log.isStale(1_001), log.isStale(1_000 + 3_600_000)]).toEqual([false, true])
  })

  it('reads the whole tree from SQLite, also when R2 has it all', async () => {
    const log = openLog()
    for (let at = 0; at < 300; at += 1) log.append(newList())
    log.sequence(1_000)
    await publish(log, new MemoryFolder())
    expect(proveInclusion(log.tree.reader(301), 0, 301)).toHaveLength(9)
  })
})

it('partial tiles go once the full ones are published, and who has an older checkpoint reads those', async () => {
  const log = openLog()
  const folder = new MemoryFolder()
  for (let at = 0; at < 200; at += 1) log.append(newList())
  log.sequence(1_000)
  await publish(log, folder)
  const older = folder.files.get('checkpoint')
  for (let at = 0; at < 200; at += 1) log.append(newList())
  log.sequence(2_000)
  await publish(log, folder)
  expect([...folder.files.keys()].filter((path) => path.includes('/000.p/'))).toEqual(['tile/1/000.p/1'])
  if (older !== undefined) folder.files.set('checkpoint', older)
  expect(await folder.audit()).toMatchObject({ size: 201 })
})

describe('crashes', () => {
  it('Q-4: a transaction that fails at any statement leaves the log as it was, and the next batch logs all', async () => {
    const sql = failing(nodeSql())
    let log = openLog(sql)
    for (let at = 0; at < 250; at += 1) log.append(newList())
    log.sequence(1_000)
    const before = headOf(checkpointOf(log))
    const lists = Array.from({ length: 8 }, () => newList())
    for (const list of lists) log.append(list)
    let failures = 0
    for (let failAt = 0; ; failAt += 1) {
      sql.failAt = failAt
      try {
        log.sequence(2_000)
        sql.failAt = Infinity
        break
      } catch {
        failures += 1
        sql.failAt = Infinity
        // What comes after a crash knows nothing but the storage.
        log = openLog(sql)
        expect(headOf(checkpointOf(log))).toBe(before)
        expect(log.append(lists[0] ?? newList())).toBe('waiting')
      }
    }
    expect(failures).toBeGreaterThan(40)
    expect(lists.map((list) => log.append(list))).toEqual(lists.map(() => 'logged'))
    const folder = new MemoryFolder()
    await publish(log, folder)
    expect(await folder.audit()).toMatchObject({ size: 260, accounts: 258, epoch: 2 })
  })

  it('Q-5: whatever write to R2 fails, before or after it was done, what is published audits, and one size has one root', async () => {
    const sql = nodeSql()
    const folder = new MemoryFolder()
    const heads = new Map<number, string>()
    let random = 1
    for (let failAt = 0; failAt < 16; failAt += 1) {
      // A fresh object each time: all that is known is in the storage.
      const log = openLog(sql)
      random = (random * 48_271) % 2_147_483_647
      for (let at = 0; at < 1 + (random % 45); at += 1) log.append(newList())
      log.sequence(1_000 + failAt)
      let puts = failAt % 8
      const flaky = {
        removeBelow: (prefix: string) => folder.removeBelow(prefix),
        async put(path: string, bytes: Uint8Array<ArrayBuffer>) {
          puts -= 1
          if (puts < 0 && failAt % 2 === 0) throw new Error('R2 is down')
          await folder.put(path, bytes)
          if (puts < 0) throw new Error('R2 did not answer')
        },
      }
      await publish(log, flaky).catch(() => undefined)
      if (folder.files.has('checkpoint')) await folder.audit()
      const checkpoint = checkpointOf(log)
      heads.set(sizeOf(checkpoint), headOf(checkpoint))
    }
    await publish(openLog(sql), folder)
    const { size } = await folder.audit()
    expect(size).toBe(Math.max(...heads.keys()))
    for (const checkpoint of folder.checkpoints) expect(headOf(checkpoint)).toBe(heads.get(sizeOf(checkpoint)))
    // Sizes never go back.
    const sizes = folder.checkpoints.map(sizeOf)
    expect(sizes).toEqual(sizes.toSorted((a, b) => a - b))
  })

  it('batches that come while R2 is slow are published next, under the checkpoint that covers them', async () => {
    const log = openLog()
    log.append(newList())
    log.sequence(1_000)
    const folder = new MemoryFolder()
    let first = true
    await publish(log, {
      removeBelow: (prefix) => folder.removeBelow(prefix),
      async put(path, bytes) {
        await folder.put(path, bytes)
        if (!first) return
        first = false
        for (let at = 0; at < 400; at += 1) log.append(newList())
        log.sequence(2_000)
      },
    })
    expect(await folder.audit()).toMatchObject({ size: 2 })
    await publish(log, folder)
    expect(await folder.audit()).toMatchObject({ size: 403 })
  })
})
