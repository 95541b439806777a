import { sha256 } from '@noble/hashes/sha2.js'
import * as fc from 'fast-check'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { fromBase64url, toBase64url, utf8 } from '../bytes.ts'
import { answerLookup } from './answer.ts'
import { readLeaf, writeLeaf } from './leaf.ts'
import { leafHash } from './log/hash.ts'
import { rootOf } from './log/nodes.ts'
import { LOOKUP_FAILURE_NAMES, type LookupFailure, isEvidence } from './lookup-failures.ts'
import { KeyLookup } from './lookup.ts'
import { memoryPages } from './map/memory.ts'
import { readMapProof } from './map/proof.ts'
import { updateMap } from './map/update.ts'
import { parseCheckpoint } from './notes/checkpoint.ts'
import { formatNote, parseNote } from './notes/note.ts'
import { cosign, noteSigner, signText } from './notes/sign.ts'
import { flipped } from './testing/data.ts'
import { sparseLog } from './testing/log.ts'
import {
  INDEX_KEY,
  LOG,
  ORIGIN,
  PINNED,
  TestKeyLog,
  WITNESSES,
  accountId,
  checkpointOf,
  deviceList,
  testIndex,
} from './testing/server.ts'
import { type AskedAccount, type PinnedLog, type VerifiedLookup, verifyLookup } from './verify-lookup.ts'

const [alice, bob, carol, nobody] = [1, 2, 3, 4].map(accountId) as [string, string, string, string]

/** An honest log of three accounts, one of them removed, in three epochs. */
function history() {
  const server = new TestKeyLog()
  server.log(alice, 1, deviceList(alice, 1))
  server.log(bob, 1, deviceList(bob, 1))
  const first = server.publish()
  server.log(carol, 1, deviceList(carol, 1))
  const second = server.publish()
  server.log(alice, 2, deviceList(alice, 2, 3))
  server.log(carol, 2)
  const third = server.publish()
  return { server, first, second, third }
}

const { server, first, second, third } = history()

const asked = (account: string, more: Partial<AskedAccount> = {}): AskedAccount => ({
  account,
  index: testIndex(account),
  notBefore: 0,
  ...more,
})
const headOf = ({ checkpoint }: { checkpoint: string }) => {
  const head = parseCheckpoint(parseNote(checkpoint)?.text ?? '')
  if (head === undefined) throw new Error('no checkpoint')
  return { size: head.size, root: head.root }
}
const parse = (answer: KeyLookup) => v.parse(KeyLookup, JSON.parse(JSON.stringify(answer)))
const verify = (
  answer: KeyLookup,
  account = alice,
  pinned: Partial<PinnedLog> = {},
  more: Partial<AskedAccount> = {},
) => verifyLookup(parse(answer), { ...PINNED, ...pinned }, asked(account, more))
const verified = (result: VerifiedLookup | LookupFailure): VerifiedLookup => {
  if (typeof result === 'string') throw new Error(result)
  return result
}
const digestOf = (account: string, version: number, devices = 1) =>
  sha256(fromBase64url(deviceList(account, version, devices).bytes))

/** Failures that a test below has seen; the last test asks for all. */
const seen = new Set<LookupFailure>()
function expectFailure(result: VerifiedLookup | LookupFailure, failure: LookupFailure): void {
  expect(result).toBe(failure)
  seen.add(failure)
}

describe('an honest answer', () => {
  it('gives the newest list, with its digest, and the head to pin', () => {
    const { head, epoch, at, finding } = verified(verify(server.answer(third, alice)))
    expect(finding).toMatchObject({
      kind: 'listed',
      version: 2,
      digest: digestOf(alice, 2, 3),
      list: { account: alice },
    })
    expect([epoch, at]).toEqual([3, 3_000])
    expect(head).toMatchObject(headOf(third))
    expect(head.witnesses.map(({ key, time }) => [key.name, time])).toEqual(
      WITNESSES.map(({ key }) => [key.name, 1_700_000_000]),
    )
  })

  it('follows from any head that was pinned before, and from none', () => {
    for (const former of [first, second, third]) {
      const answer = server.answer(third, alice, former.size)
      expect(verified(verify(answer, alice, { head: headOf(former) })).head.size).toBe(third.size)
    }
    const seenList = { version: 2, digest: digestOf(alice, 2, 3) }
    expect(verified(verify(server.answer(third, alice), alice, {}, { seen: seenList })).finding.kind).toBe('listed')
  })

  it('says that an account was removed, and that one never was', () => {
    expect(verified(verify(server.answer(third, carol), carol)).finding).toEqual({ kind: 'removed', version: 2 })
    expect(verified(verify(server.answer(third, nobody), nobody)).finding).toEqual({ kind: 'absent' })
  })
})

describe('a log that lies', () => {
  const answer = () => server.answer(third, alice)
  const resigned = (
    text: string,
    signatures = [signText(LOG, text), ...WITNESSES.map((one) => cosign(one, text, 5))],
  ) => formatNote({ text, signatures })
  const textOf = (checkpoint: string) => parseNote(checkpoint)?.text ?? ''

  it('is found out by its checkpoint', () => {
    const { size, root } = headOf(third)
    expectFailure(verify({ ...answer(), checkpoint: textOf(third.checkpoint) }), 'checkpointMalformed')
    expectFailure(verify({ ...answer(), checkpoint: resigned('not\na checkpoint\n') }), 'checkpointMalformed')
    expectFailure(verify({ ...answer(), checkpoint: checkpointOf(size, root, 'other.example') }), 'checkpointForeign')
    const text = textOf(third.checkpoint)
    const stranger = noteSigner(ORIGIN, 'log', new Uint8Array(32).fill(9))
    expectFailure(verify({ ...answer(), checkpoint: resigned(text, [signText(stranger, text)]) }), 'checkpointUnsigned')
    const [witness] = WITNESSES
    if (witness === undefined) throw new Error('no witness')
    expectFailure(verify({ ...answer(), checkpoint: resigned(text, [cosign(witness, text, 5)]) }), 'checkpointUnsigned')
    const forged = { ...signText(LOG, text), signature: new Uint8Array(64) }
    expectFailure(verify({ ...answer(), checkpoint: resigned(text, [forged]) }), 'checkpointUnsigned')
    expectFailure(verify({ ...answer(), checkpoint: resigned(text, [signText(LOG, text)]) }), 'witnessesMissing')
    const twice = [signText(LOG, text), cosign(witness, text, 5), cosign(witness, text, 6)]
    expectFailure(verify({ ...answer(), checkpoint: resigned(text, twice) }, alice, { quorum: 2 }), 'witnessesMissing')
  })

  it('is found out when it goes back, forks or does not show that it grew', () => {
    expectFailure(verify(server.answer(second, bob), bob, { head: headOf(third) }), 'checkpointRolledBack')
    const { server: other, third: fork } = history()
    const forkedRoot = { size: fork.size, root: flipped(headOf(fork).root, 0) }
    expectFailure(verify(other.answer(fork, alice, fork.size), alice, { head: forkedRoot }), 'checkpointForked')
    const grownFork = { size: first.size, root: flipped(headOf(first).root, 0) }
    expectFailure(verify(server.answer(third, alice, first.size), alice, { head: grownFork }), 'checkpointForked')
    const broken = {
      ...server.answer(third, alice, first.size),
      consistency: server.answer(third, alice, second.size).consistency,
    }
    expectFailure(verify(broken, alice, { head: headOf(first) }), 'consistencyInvalid')
    expectFailure(verify(server.answer(third, alice), alice, { head: headOf(first) }), 'consistencyInvalid')
    expectFailure(verify(server.answer(third, alice, first.size)), 'consistencyInvalid')
    const longer = { ...server.answer(third, alice), consistency: toBase64url(new Uint8Array(32)) }
    expectFailure(verify(longer, alice, { head: headOf(third) }), 'consistencyInvalid')
  })

  it('is found out when the map root is not the last leaf, is old, or indexes are under another key', () => {
    const formerRoot = { ...answer(), mapRoot: server.answer(second, bob).mapRoot }
    expectFailure(verify(formerRoot), 'inclusionInvalid')
    const list = { ...answer(), mapRoot: { ...answer().mapRoot, leaf: answer().entry?.leaf ?? '' } }
    expectFailure(verify(list), 'inclusionInvalid')
    const unsealed = new TestKeyLog()
    unsealed.log(alice, 1, deviceList(alice, 1))
    const [leaf = new Uint8Array(0)] = unsealed.leaves
    const checkpoint = checkpointOf(1, leafHash(leaf))
    const bare = { checkpoint, size: 1, read: () => leafHash(leaf), pages: memoryPages(), mapRoot: leaf }
    expectFailure(verify(answerLookup(bare, testIndex(alice), 0)), 'mapRootInvalid')
    expectFailure(verify(answer(), alice, {}, { notBefore: 3_001 }), 'mapRootStale')
    const other = new TestKeyLog()
    other.log(alice, 1, deviceList(alice, 1))
    const published = other.publish({ indexKey: new Uint8Array(32).fill(8) })
    expectFailure(verify(other.answer(published, alice)), 'indexKeyChanged')
  })

  it('is found out when the map does not hold what it says', () => {
    expectFailure(verify({ ...answer(), map: server.answer(third, nobody).map }), 'mapProofInvalid')
    expectFailure(verify({ ...answer(), map: server.answer(third, nobody).map }, nobody), 'entryUnexpected')
    const { entry, ...without } = answer()
    expectFailure(verify(without), 'entryMissing')
    if (entry === undefined) throw new Error('no entry')
    const former = server.leaves[0] ?? new Uint8Array(0)
    expectFailure(verify({ ...without, entry: { ...entry, leaf: toBase64url(former) } }), 'mapProofInvalid')
    expectFailure(verify({ ...without, entry: { ...entry, position: entry.position + 1 } }), 'inclusionInvalid')
    const digest = digestOf(nobody, 1)
    expectFailure(verify(server.answer(third, nobody), nobody, {}, { seen: { version: 1, digest } }), 'entryVanished')
    // A map whose root leaf says otherwise.
    const liar = new TestKeyLog()
    liar.log(alice, 1, deviceList(alice, 1))
    expectFailure(verify(liar.answer(liar.publish({ root: new Uint8Array(32) }), alice)), 'mapProofInvalid')
  })

  it('is found out when the leaf is of another kind or account', () => {
    const index = testIndex(alice)
    for (const leaf of [
      TestKeyLog.leafFor(bob, 1, deviceList(bob, 1)).leaf,
      { kind: 'clientManifest', sequence: 1, digest: new Uint8Array(32) } as const,
    ]) {
      const liar = new TestKeyLog()
      liar.put(index, leaf)
      expectFailure(verify(liar.answer(liar.publish(), alice)), 'leafInvalid')
    }
  })

  it('is found out when the list served is not the one in the log', () => {
    const { entry, ...rest } = answer()
    if (entry?.opened === undefined) throw new Error('nothing opened')
    const serve = (opened: typeof entry.opened | undefined) => {
      const { opened: _, ...bare } = entry
      return verify({ ...rest, entry: { ...bare, ...(opened && { opened }) } })
    }
    expectFailure(serve(undefined), 'openingMissing')
    expectFailure(serve({ ...entry.opened, list: deviceList(alice, 2, 4) }), 'commitmentMismatch')
    expectFailure(serve({ ...entry.opened, opening: toBase64url(new Uint8Array(32)) }), 'commitmentMismatch')
    const removed = server.answer(third, carol)
    if (removed.entry === undefined) throw new Error('no entry')
    const opened = { ...removed, entry: { ...removed.entry, opened: entry.opened } }
    expectFailure(verify(opened, carol), 'openingMissing')
  })

  it('is found out when the log itself commits to a list of another account, of another version, or to none', () => {
    const cases = [
      [deviceList(bob, 1), 'accountMismatch'],
      [deviceList(alice, 7), 'versionMismatch'],
      [{ ...deviceList(alice, 1), bytes: toBase64url(utf8('{}')) }, 'listInvalid'],
    ] as const
    for (const [list, failure] of cases) {
      const liar = new TestKeyLog()
      liar.log(alice, 1, list)
      expectFailure(verify(liar.answer(liar.publish(), alice)), failure)
    }
  })

  it('is found out when the list is older than one that was seen, or another of the same version', () => {
    const digest = digestOf(alice, 2, 3)
    expectFailure(verify(answer(), alice, {}, { seen: { version: 3, digest } }), 'versionRolledBack')
    expectFailure(verify(answer(), alice, {}, { seen: { version: 2, digest: flipped(digest, 0) } }), 'versionForked')
  })

  it('does not get past with any octet changed', () => {
    const honest = answer()
    const parts = [
      (octets: (text: string) => string) => ({ ...honest, map: octets(honest.map) }),
      (octets: (text: string) => string) => ({
        ...honest,
        mapRoot: { ...honest.mapRoot, leaf: octets(honest.mapRoot.leaf) },
      }),
      (octets: (text: string) => string) => ({
        ...honest,
        mapRoot: { ...honest.mapRoot, inclusion: octets(honest.mapRoot.inclusion) },
      }),
      (octets: (text: string) => string) => ({
        ...honest,
        entry: honest.entry && { ...honest.entry, leaf: octets(honest.entry.leaf) },
      }),
      (octets: (text: string) => string) => ({
        ...honest,
        entry: honest.entry && { ...honest.entry, inclusion: octets(honest.entry.inclusion) },
      }),
    ]
    fc.assert(
      fc.property(fc.constantFrom(...parts), fc.nat(), fc.integer({ min: 1, max: 255 }), (part, place, mask) => {
        const changed = part((text) => {
          const bytes = fromBase64url(text)
          return toBase64url(flipped(bytes, place % bytes.length, mask))
        })
        expect(LOOKUP_FAILURE_NAMES).toContain(verify(changed, alice, { witnesses: [], quorum: 0 }))
      }),
      { numRuns: 20 },
    )
  })

  it('leaves evidence when it signed what is wrong, and not when somebody in between could have done it', () => {
    expect(
      ['checkpointForked', 'indexKeyChanged', 'versionForked'].every((name) => isEvidence(name as LookupFailure)),
    ).toBe(true)
    expect(isEvidence('checkpointUnsigned') || isEvidence('inclusionInvalid')).toBe(false)
  })

  it('has been caught above by every name that there is', () => {
    expect(LOOKUP_FAILURE_NAMES.filter((name) => !seen.has(name))).toEqual([])
  })
})

describe('the wire shape', () => {
  it('refuses what is over its limits or not whole', () => {
    const honest = server.answer(third, alice)
    const refused = [
      { ...honest, consistency: toBase64url(new Uint8Array(33)) },
      { ...honest, consistency: toBase64url(new Uint8Array(55 * 32)) },
      { ...honest, checkpoint: 'ü'.repeat(2_049) },
      { ...honest, map: '' },
      { ...honest, map: toBase64url(new Uint8Array(4_196)) },
      { ...honest, more: 1 },
      { ...honest, entry: { ...honest.entry, position: -1 } },
    ]
    expect(refused.filter((answer) => v.is(KeyLookup, answer))).toEqual([])
    expect(v.is(KeyLookup, honest)).toBe(true)
  })
})

describe('a lookup in a log of a million leaves', () => {
  it('takes less than 8 KiB, with ten devices, and verifies', () => {
    const MILLION = 1_000_000
    const list = deviceList(alice, 9, 10)
    const { leaf, opening } = TestKeyLog.leafFor(alice, 9, list)
    const index = testIndex(alice)
    const bytes = writeLeaf(leaf)
    // Company on the path for 24 levels: of a million pseudorandom indexes the deepest neighbours of most are at 20.
    const neighbours = Array.from({ length: 24 }, (_, level) => ({
      index: flipped(index, level >> 3, 0x80 >> (level & 7)),
      value: new Uint8Array(32).fill(level),
    }))
    const pages = memoryPages()
    const root = updateMap(pages, [{ index, value: leafHash(bytes) }, ...neighbours])
    const mapRoot = writeLeaf({
      kind: 'mapRoot',
      epoch: 50_000,
      at: 1_800_000_000_000,
      entries: MILLION,
      root,
      indexKey: INDEX_KEY.publicKey,
    })
    expect(readLeaf(mapRoot)?.kind).toBe('mapRoot')
    const [position, since, size] = [349_525, 600_001, MILLION]
    const filler = leafHash(utf8('filler'))
    const read = sparseLog(
      filler,
      new Map([
        [position, leafHash(bytes)],
        [size - 1, leafHash(mapRoot)],
      ]),
    )
    const published = { checkpoint: checkpointOf(size, rootOf(read, size)), size, read, pages, mapRoot }
    const answer = answerLookup(published, index, since, { position, leaf: bytes, opened: { opening, list } })
    expect(readMapProof(fromBase64url(answer.map))?.siblings).toHaveLength(24)
    const head = { size: since, root: rootOf(read, since) }
    expect(verified(verify(answer, alice, { head })).finding.kind).toBe('listed')
    expect(fromBase64url(answer.consistency).length).toBeGreaterThanOrEqual(18 * 32)
    expect(utf8(JSON.stringify(answer)).length).toBeLessThan(8 * 1_024)
  })
})
