import fc from 'fast-check'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { writeLeaf } from '../leaf.ts'
import { TILE_WIDTH, bundlePath, tilePath } from '../log/tiles.ts'
import { type NoteSigner, noteSigner } from '../notes/sign.ts'
import { flipped } from '../testing/data.ts'
import { AUDITED, PublishedTestLog, UNKNOWN_LEAF, indexNumber, publishedLog } from '../testing/published.ts'
import { WITNESSES } from '../testing/server.ts'
import { AuditState, type ReadPublished, auditLog } from './audit.ts'
import { AUDIT_FAILURES, AuditFailure } from './failures.ts'

const audit = (read: ReadPublished, before?: AuditState) => auditLog(AUDITED, read, before)

/** The name of what is wrong. */
async function failureOf(read: ReadPublished, before?: AuditState): Promise<string> {
  try {
    await audit(read, before)
    return 'confirmed'
  } catch (error) {
    if (!(error instanceof AuditFailure)) throw error
    return error.failure
  }
}

describe('an honest log', () => {
  it('of some thousands of leaves is confirmed', async () => {
    const log = publishedLog(3_000, 200)
    expect(await audit(log.read)).toMatchObject({ size: 3_016, fresh: 3_016, accounts: 2_000, epoch: 16 })
  })

  it('is confirmed from any former checkpoint on, with only the rest read', async () => {
    const log = publishedLog(300, 100)
    const first = await audit(log.read)
    const state = v.parse(AuditState, JSON.parse(JSON.stringify(first.state)))
    for (let number = 300; number < 900; number += 1) log.put(number, 1)
    log.publish().put(0, 3).publish()
    const asked: string[] = []
    const next = await audit(async (path) => {
      asked.push(path)
      return log.read(path)
    }, state)
    expect(next).toMatchObject({ fresh: 603, size: 907, epoch: 6 })
    expect(asked).not.toContain('tile/entries/000')
    expect(next.state).toEqual((await audit(log.read)).state)
    expect(await audit(log.read, next.state)).toMatchObject({ fresh: 0 })
  })

  it('may have deleted partial tiles whose full ones are there', async () => {
    const log = publishedLog(200, 100)
    const checkpoint = log.files.get('checkpoint')
    for (let number = 200; number < 600; number += 1) log.put(number, 1)
    log.publish()
    for (const path of log.files.keys()) if (path.includes('/000.p/')) log.files.delete(path)
    expect(await audit(log.with('checkpoint', checkpoint))).toMatchObject({ size: 203 })
  })
})

/** Every file that a log of this size consists of: C2SP tlog-tiles. */
function filesOf(size: number): string[] {
  const paths = ['checkpoint']
  const add = (count: number, path: (index: number, width: number) => string) => {
    for (let at = 0; at < count; at += TILE_WIDTH) paths.push(path(at / TILE_WIDTH, Math.min(TILE_WIDTH, count - at)))
  }
  add(size, (index, width) => bundlePath({ index, width }))
  for (let level = 0, count = size; count > 0; level += 1, count = Math.floor(count / TILE_WIDTH)) {
    const here = level
    add(count, (index, width) => tilePath({ level: here, index, width }))
  }
  return paths.sort()
}

describe('one changed octet', () => {
  it('of any file, anywhere in a small log, is found by name', async () => {
    const manifest = writeLeaf({ kind: 'clientManifest', sequence: 1, digest: new Uint8Array(32).fill(3) })
    const log = new PublishedTestLog().put(1, 1).put(2, 5).leaf(manifest).publish().put(2, 6, true).publish()
    const paths = await log.audited(audit)
    expect(paths.toSorted()).toEqual(filesOf(6))
    for (const path of paths) {
      log.cosigned(path === 'checkpoint' ? WITNESSES.slice(0, 1) : [])
      const bytes = log.files.get(path) ?? new Uint8Array(0)
      for (let at = 0; at < bytes.length; at += 1) {
        const failure = await failureOf(log.with(path, flipped(bytes, at, 1 << (at % 8))))
        expect(Object.keys(AUDIT_FAILURES), `${path} at ${at}`).toContain(failure)
      }
    }
  })

  it('anywhere in a large log, in files of every kind, is found by name', async () => {
    // Two bundles and two tiles of the first level, one of the second; full ones and partial ones.
    const log = publishedLog(300, 90).cosigned(WITNESSES)
    const paths = await log.audited(audit)
    expect(paths.toSorted()).toEqual(filesOf(304))
    expect(paths).toHaveLength(6)
    for (const path of paths) {
      const bytes = log.files.get(path) ?? new Uint8Array(0)
      const last = bytes.length - 1
      const octet = fc.oneof(fc.constantFrom(0, last), fc.nat(last))
      await fc.assert(
        fc.asyncProperty(octet, fc.integer({ min: 1, max: 255 }), async (at, mask) => {
          const failure = await failureOf(log.with(path, flipped(bytes, at, mask)))
          expect(Object.keys(AUDIT_FAILURES), `${path} at ${at}`).toContain(failure)
        }),
        { numRuns: 12 },
      )
    }
  })

  it('a file that is missing, cut or too long is named', async () => {
    const log = publishedLog(300, 100)
    const changed = (path: string, change: (bytes: Uint8Array) => Uint8Array | undefined) =>
      failureOf(log.with(path, change(log.files.get(path) ?? new Uint8Array(0))))
    expect(await changed('checkpoint', () => undefined)).toBe('checkpointMissing')
    expect(await changed('tile/0/000', () => undefined)).toBe('tileMissing')
    expect(await changed('tile/0/000', (bytes) => bytes.subarray(32))).toBe('tileMismatch')
    expect(await changed('tile/entries/000', () => undefined)).toBe('bundleMissing')
    expect(await changed('tile/entries/000', (bytes) => bytes.subarray(0, -1))).toBe('bundleMalformed')
    expect(await changed('tile/entries/001.p/48', (bytes) => bytes.subarray(0, -92))).toBe('bundleMalformed')
  })
})

describe('a lying log', () => {
  const root = new Uint8Array(32).fill(7)
  const begun = () => new PublishedTestLog().put(1, 1).put(2, 4).publish()

  it.each([
    ['leafUnknown', begun().leaf(UNKNOWN_LEAF).publish()],
    ['versionSkipped', begun().put(1, 3).publish()],
    ['versionSkipped', begun().put(1, 1).publish()],
    ['versionSkipped', begun().put(3, 2, true).publish()],
    ['accountContinued', begun().put(1, 2, true).put(1, 3).publish()],
    ['epochSkipped', begun().publish({ epoch: 1 })],
    ['timeWentBack', begun().publish({ at: 999 })],
    ['indexKeyChanged', begun().publish({ indexKey: root })],
    ['mapRootMismatch', begun().publish({ root })],
    // An entry in the map that no leaf made; a leaf that the map does not know.
    ['entriesMismatch', begun().publish({ entries: 3 })],
    [
      'entriesMismatch',
      begun()
        .leaf(writeLeaf({ kind: 'deviceList', index: indexNumber(9), version: 1, commitment: root }))
        .publish(),
    ],
    [
      'mapRootMismatch',
      begun()
        .leaf(writeLeaf({ kind: 'deviceList', index: indexNumber(1), version: 2, commitment: root }))
        .publish(),
    ],
    [
      'manifestSkipped',
      begun()
        .leaf(writeLeaf({ kind: 'clientManifest', sequence: 2, digest: root }))
        .publish(),
    ],
    ['mapRootNotLast', begun().put(5, 1).sign()],
  ] as const)('%s', async (failure, log) => {
    expect(await failureOf(log.read)).toBe(failure)
  })

  it('that is smaller, or another one at the same size, is found by who kept what it was', async () => {
    const { state } = await audit(begun().put(1, 2).publish().read)
    expect(await failureOf(begun().read, state)).toBe('checkpointRolledBack')
    const other = begun().put(2, 5).publish()
    expect(await failureOf(other.read, state)).toBe('checkpointForked')
    expect(await failureOf(other.put(3, 1).publish().read, state)).toBe('leafChanged')
  })

  it('that grew from another history whose beginning is not read again has another root', async () => {
    const { state } = await audit(publishedLog(255, 255).read)
    const forked = new PublishedTestLog()
    for (let number = 0; number < 255; number += 1) forked.put(number + 1_000, 1)
    forked.publish().put(5_000, 1).publish()
    expect(await failureOf(forked.read, state)).toMatch(/^(leafChanged|rootMismatch|tileMismatch)$/)
  })

  it('whose checkpoint has a false cosignature, or one of nobody that is known, is refused', async () => {
    const [witness] = WITNESSES as [NoteSigner]
    const log = begun().cosigned([witness])
    const without = (witnesses: readonly NoteSigner[]) =>
      auditLog({ ...AUDITED, witnesses: witnesses.map(({ key }) => key) }, log.read)
    await expect(without([witness])).resolves.toMatchObject({ size: 3 })
    await expect(without([])).rejects.toMatchObject({ failure: 'cosignatureUnknown' })
    const impostor = noteSigner(witness.key.name, 'cosignature', new Uint8Array(32).fill(9))
    const false_ = { ...impostor, key: witness.key }
    await expect(failureOf(begun().cosigned([false_]).read)).resolves.toBe('cosignatureFalse')
    await expect(failureOf(begun().cosigned([witness, witness]).read)).resolves.toBe('cosignatureUnknown')
  })

  it('of another name or key is not taken for this one', async () => {
    const log = begun()
    expect(
      await auditLog({ ...AUDITED, origin: 'other' }, log.read).catch((error: AuditFailure) => error.failure),
    ).toBe('checkpointForeign')
    const key = { ...AUDITED.key, keyId: 1 }
    expect(await auditLog({ ...AUDITED, key }, log.read).catch((error: AuditFailure) => error.failure)).toBe(
      'checkpointUnsigned',
    )
  })
})
