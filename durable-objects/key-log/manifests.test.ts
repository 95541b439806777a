import { describe, expect, it } from 'vitest'
import { toBase64url } from '#protocol/bytes.ts'
import { verifyManifest } from '#protocol/merkle/verify-manifest.ts'
import { publish } from './publish.ts'
import type { Sequencer } from './sequencer.ts'
import { newList } from './testing/lists.ts'
import { KEYS, MemoryFolder, openLog } from './testing/logs.ts'

const MINUTE = 60_000
const TRUST = { origin: KEYS.origin, logKey: KEYS.signer.key, witnesses: [], quorum: 0 }
const digest = (number: number) => toBase64url(new Uint8Array(32).fill(number))

function serve(log: Sequencer, number: number, now: number): void {
  if (log.manifests.take(digest(number), now) === 'waiting') log.sequence(now)
}
const shown = (log: Sequencer, number: number, newest = 0, trust = TRUST) =>
  verifyManifest(log.client(digest(number), 0), trust, digest(number), newest)

describe('builds of the client', () => {
  it('WM-1: are logged once each, with lists in the same batch, and audited', async () => {
    const log = openLog()
    log.append(newList())
    expect(log.manifests.take(digest(1), 0)).toBe('waiting')
    expect(log.manifests.take(digest(1), 0)).toBe('waiting')
    expect(log.hasPending).toBe(true)
    log.sequence(0)
    expect([log.hasPending, log.manifests.take(digest(1), 1)]).toEqual([false, 'logged'])
    serve(log, 2, 11 * MINUTE)
    expect([shown(log, 1), shown(log, 2)]).toMatchObject([
      { sequence: 1, head: { size: 5 } },
      { sequence: 2, head: { size: 5 } },
    ])
    const folder = new MemoryFolder()
    await publish(log, folder)
    expect(await folder.audit()).toMatchObject({ size: 5, accounts: 1, epoch: 2 })
  })

  it('WM-1: one that its operator goes back to is logged anew; what still runs beside a newer one is not', () => {
    const log = openLog()
    serve(log, 1, 0)
    serve(log, 2, MINUTE)
    expect(log.manifests.take(digest(1), 2 * MINUTE)).toBe('logged')
    expect(shown(log, 1)).toMatchObject({ sequence: 1 })
    serve(log, 1, 12 * MINUTE)
    expect(shown(log, 1)).toMatchObject({ sequence: 3 })
  })

  it('WM-1: no more wait than a batch takes', () => {
    const log = openLog()
    const outcomes = Array.from({ length: 17 }, (_, at) => log.manifests.take(digest(at), 0))
    expect(outcomes.slice(15)).toEqual(['waiting', 'full'])
  })
})

describe('whoever is served a build', () => {
  it('WM-3: takes one that the log shows, and refuses by name what it does not', () => {
    const log = openLog()
    serve(log, 1, 0)
    serve(log, 2, MINUTE)
    expect(shown(log, 3)).toBe('manifestUnlogged')
    const answer = log.client(digest(1), 0)
    expect(verifyManifest(answer, TRUST, digest(2), 0)).toBe('manifestUnlogged')
    expect(verifyManifest({ ...answer, checkpoint: 'x' }, TRUST, digest(1), 0)).toBe('checkpointMalformed')
    const { manifest } = log.client(digest(2), 0)
    const moved = { ...answer, manifest: manifest && { ...manifest, position: 0 } }
    expect(verifyManifest(moved, TRUST, digest(2), 0)).toBe('inclusionInvalid')
    expect([shown(log, 1, 2), shown(log, 2, 2)]).toMatchObject(['clientRolledBack', { sequence: 2 }])
  })

  it('WM-3: refuses a log that went back, or that did not grow from what was pinned', () => {
    const log = openLog()
    serve(log, 1, 0)
    const first = shown(log, 1)
    if (typeof first === 'string') throw new Error(first)
    const fork = openLog()
    serve(fork, 9, 0)
    serve(fork, 1, MINUTE)
    const pinned = { ...TRUST, head: { size: 2, root: first.head.root } }
    expect(verifyManifest(fork.client(digest(1), 2), pinned, digest(1), 1)).toBe('consistencyInvalid')
    const same = openLog()
    serve(same, 9, 0)
    expect(verifyManifest(same.client(digest(9), 2), pinned, digest(9), 1)).toBe('checkpointForked')
    const ahead = { ...TRUST, head: { size: 20, root: first.head.root } }
    expect(verifyManifest(log.client(digest(1), 20), ahead, digest(1), 1)).toBe('checkpointRolledBack')
  })
})
