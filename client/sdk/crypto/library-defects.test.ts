/** Each defect of the library, shown on the library as it comes, and refused or mended by ours. */

import { describe, expect, it } from 'vitest'
import { utf8 } from '#protocol/bytes.ts'
import {
  BadMacError,
  BadVersionError,
  DecryptionError,
  DuplicateMessageError,
  IdentityChangedError,
  LowOrderPointError,
  TooFarAheadError,
  UnknownPrekeyError,
} from './errors.ts'
import { RATCHET_LIMITS } from './limits.ts'
import { readFields, writeFields } from './protobuf.ts'
import { decrypt, startSession } from './pairwise.ts'
import { parseRecord } from './record.ts'
import { Peer, connectedPeers } from './testing/peer.ts'
import { RawLibrary } from './testing/raw-library.ts'

const HELLO = utf8('hello')
/** Bob, and the library as it comes with bob's keys: both read the same messages. */
async function aliceAndTwoBobs() {
  const [alice, bob] = [await Peer.create('alice'), await Peer.create('bob')]
  const raw = new RawLibrary(bob)
  const first = await alice.startAndSend(bob, HELLO)
  await raw.receive(alice, first)
  await bob.receive(alice, first)
  return { alice, bob, raw }
}

function changed(body: Uint8Array, at: number, by = 1): Uint8Array {
  const copy = Uint8Array.from(body)
  const index = at < 0 ? copy.length + at : at
  copy[index] = (copy[index] ?? 0) ^ by
  return copy
}

const buffer = (bytes: Uint8Array) => Uint8Array.from(bytes).buffer

/** The number of chains of each session. */
function chains(record: string | undefined): number[] {
  return Object.values(parseRecord(record ?? '').sessions).map((session) => Object.keys(session.chains).length)
}

/** The number of message keys of all sessions. */
function keys(record: string | undefined): number {
  return Object.values(parseRecord(record ?? '').sessions)
    .flatMap((session) => Object.values(session.chains))
    .reduce((sum, chain) => sum + Object.keys(chain.messageKeys).length, 0)
}

describe('identity', () => {
  it('changes without a word in the library, which does not await its own check; ours refuses, with the new key', async () => {
    const { alice, bob, raw } = await aliceAndTwoBobs()
    const mallory = await Peer.create('alice')
    bob.oneTimePrekeys.set(2, { ...(await Peer.create('x')).oneTimePrekeys.get(1)!, id: 2 })
    const body = await mallory.startAndSend(bob, utf8('it is me'))

    await expect(raw.receive(mallory, body)).resolves.toEqual(utf8('it is me'))
    const refused = await bob.receive(mallory, body).catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(IdentityChangedError)
    expect(refused).toMatchObject({
      code: 'identityChanged',
      account: 'alice',
      identityKey: mallory.localIdentity.publicKey,
    })
    await expect(alice.receive(bob, await bob.send(alice, HELLO))).resolves.toEqual(HELLO)
  })

  it('is refused in a bundle too', async () => {
    const [alice, bob] = await connectedPeers()
    const other = await Peer.create('bob')
    await expect(startSession(alice, bob.address, other.bundle())).rejects.toBeInstanceOf(IdentityChangedError)
  })

  it('that was replaced is refused in the rest of a first flight, where the library asks nobody', async () => {
    const { alice, bob, raw } = await aliceAndTwoBobs()
    const second = await alice.send(bob, HELLO)
    const next = await Peer.create('alice')
    bob.trusted.set('alice', next.localIdentity.publicKey)
    await raw.saveIdentity('alice.1', buffer(next.localIdentity.publicKey))
    await expect(raw.receive(alice, second)).resolves.toEqual(HELLO)
    await expect(bob.receive(alice, second)).rejects.toBeInstanceOf(IdentityChangedError)
  })

  it('that was replaced is neither written to nor read from in its old session', async () => {
    const [alice, bob] = await connectedPeers()
    const late = await bob.send(alice, HELLO)
    const next = await Peer.create('bob')
    alice.trusted.set('bob', next.localIdentity.publicKey)
    await expect(alice.send(bob, HELLO)).rejects.toMatchObject({ code: 'noSession' })
    await expect(alice.receive(bob, late)).rejects.toBeInstanceOf(IdentityChangedError)
    await expect(next.receive(alice, await alice.startAndSend(next, HELLO))).resolves.toEqual(HELLO)
  })
})

describe('what a record keeps', () => {
  it('grows with every turn in the library; ours keeps the last receive chains and no other', async () => {
    const { alice, bob, raw } = await aliceAndTwoBobs()
    const aliceRaw = new RawLibrary(alice)
    aliceRaw.sessions.set('bob.1', alice.sessions.get('bob.1')!)
    for (let turn = 0; turn < 25; turn += 1) {
      await aliceRaw.receive(bob, await raw.send(alice, HELLO))
      await raw.receive(alice, await aliceRaw.send(bob, HELLO))
      await alice.receive(bob, await bob.send(alice, HELLO))
      await bob.receive(alice, await alice.send(bob, HELLO))
    }
    expect(chains(raw.sessions.get('alice.1'))).toEqual([27])
    // The closed ones, the current one, and our sending chain.
    expect(chains(bob.sessions.get('alice.1'))).toEqual([RATCHET_LIMITS.receiveChains + 2])
  })

  it('has no cap on skipped keys in the library; ours drops the oldest', async () => {
    const { alice, bob, raw } = await aliceAndTwoBobs()
    const aliceRaw = new RawLibrary(alice)
    aliceRaw.sessions.set('bob.1', alice.sessions.get('bob.1')!)
    const skip = async (count: number) => {
      for (let at = 0; at < count; at += 1) await alice.send(bob, HELLO)
      const body = await alice.send(bob, HELLO)
      await raw.receive(alice, body)
      await bob.receive(alice, body)
    }
    const early = await alice.send(bob, utf8('early'))
    await skip(1_500)
    const late = await alice.send(bob, utf8('late'))
    await skip(700)
    expect(keys(raw.sessions.get('alice.1'))).toBe(2_202)
    expect(keys(bob.sessions.get('alice.1'))).toBe(RATCHET_LIMITS.skippedKeys)
    await expect(bob.receive(alice, late)).resolves.toEqual(utf8('late'))
    await expect(bob.receive(alice, early)).rejects.toBeInstanceOf(DuplicateMessageError)
  })

  it('skips up to twice the cap for one message in the library, once for each of two chains; ours counts both', async () => {
    const { alice, bob, raw } = await aliceAndTwoBobs()
    await alice.receive(bob, await bob.send(alice, HELLO))
    await bob.receive(alice, await alice.send(bob, HELLO))
    raw.sessions.set('alice.1', bob.sessions.get('alice.1')!)
    for (let at = 0; at < 1_100; at += 1) await alice.send(bob, HELLO)
    await alice.receive(bob, await bob.send(alice, HELLO))
    raw.sessions.set('alice.1', bob.sessions.get('alice.1')!)
    for (let at = 0; at < 1_100; at += 1) await alice.send(bob, HELLO)
    const body = await alice.send(bob, HELLO)
    await expect(raw.receive(alice, body)).resolves.toEqual(HELLO)
    await expect(bob.receive(alice, body)).rejects.toBeInstanceOf(TooFarAheadError)
  })

  it('is corrupted by the library when a message belongs to another session; ours tries each session by itself', async () => {
    const [alice, bob] = [await Peer.create('alice'), await Peer.create('bob')]
    const raws = [new RawLibrary(alice), new RawLibrary(bob)] as const
    // Both start at once, and each reads the other's first message: every device ends with two sessions.
    const exchange = async (
      a: { start: (to: Peer) => Promise<void>; send: (to: Peer, text: Uint8Array) => Promise<Uint8Array> },
      b: typeof a,
      receiveA: (body: Uint8Array) => Promise<Uint8Array>,
      receiveB: (body: Uint8Array) => Promise<Uint8Array>,
    ) => {
      await a.start(bob)
      await b.start(alice)
      const [fromA, fromB] = [await a.send(bob, HELLO), await b.send(alice, HELLO)]
      await receiveB(fromA)
      await receiveA(fromB)
      for (let turn = 0; turn < 6; turn += 1) {
        const [nextA, nextB] = [await a.send(bob, HELLO), await b.send(alice, HELLO)]
        await receiveB(nextA)
        await receiveA(nextB)
      }
    }
    const [rawA, rawB] = raws
    await expect(
      exchange(
        rawA,
        rawB,
        (body) => rawA.receive(bob, body),
        (body) => rawB.receive(alice, body),
      ),
    ).rejects.toThrow('Bad MAC')
    await exchange(
      alice,
      bob,
      (body) => alice.receive(bob, body),
      (body) => bob.receive(alice, body),
    )
    await expect(bob.receive(alice, await alice.send(bob, utf8('still here')))).resolves.toEqual(utf8('still here'))
  })
})

describe('a message', () => {
  it('has a version whose low nibble the library ignores; ours requires 0x33', async () => {
    const { alice, bob, raw } = await aliceAndTwoBobs()
    await alice.receive(bob, await bob.send(alice, HELLO))
    raw.sessions.set('alice.1', bob.sessions.get('alice.1')!)
    const body = changed(await alice.send(bob, HELLO), 1, 0x33 ^ 0x32)
    await expect(raw.receive(alice, body)).resolves.toEqual(HELLO)
    await expect(bob.receive(alice, body)).rejects.toBeInstanceOf(BadVersionError)
    await expect(bob.receive(alice, changed(body, 1, 0x32 ^ 0x33))).resolves.toEqual(HELLO)
  })

  it('names prekey 0 when there is none, in the library; ours leaves it out', async () => {
    const [alice, bob] = [await Peer.create('alice'), await Peer.create('bob', { oneTimePrekeys: 0 })]
    const raw = new RawLibrary(alice)
    await raw.start(bob)
    const shape = { 1: 'uint32', 2: 'bytes', 3: 'bytes', 4: 'bytes', 5: 'uint32', 6: 'uint32' } as const
    const prekeyId = (body: Uint8Array) => readFields(body.subarray(2), shape).get(1)
    const theirs = await raw.send(bob, HELLO)
    expect(prekeyId(theirs)).toBe(0)
    const ours = await alice.startAndSend(bob, HELLO)
    expect(prekeyId(ours)).toBeUndefined()
    await expect(bob.receive(alice, theirs)).rejects.toMatchObject({ code: 'malformed' })
    await expect(bob.receive(alice, ours)).resolves.toEqual(HELLO)
  })

  it('has a MAC: zeroed, shortened or with any bit flipped, it is refused', async () => {
    const [alice, bob] = await connectedPeers()
    const body = await alice.send(bob, HELLO)
    const zeroed = Uint8Array.from(body)
    zeroed.fill(0, -8)
    await expect(bob.receive(alice, zeroed)).rejects.toBeInstanceOf(BadMacError)
    await expect(bob.receive(alice, changed(zeroed, -9))).rejects.toBeInstanceOf(BadMacError)
    for (let at = 0; at < body.length; at += 1) {
      await expect(bob.receive(alice, changed(body, at))).rejects.toBeInstanceOf(DecryptionError)
    }
    await expect(bob.receive(alice, body)).resolves.toEqual(HELLO)
  })

  it('decrypts once; again it is a duplicate', async () => {
    const [alice, bob] = await connectedPeers()
    const body = await alice.send(bob, HELLO)
    await bob.receive(alice, body)
    await expect(bob.receive(alice, body)).rejects.toBeInstanceOf(DuplicateMessageError)
  })

  it('uses a one-time prekey once: the library goes on without it, ours names it', async () => {
    const { alice, bob, raw } = await aliceAndTwoBobs()
    const [carol, dave] = [await Peer.create('carol'), await Peer.create('dave')]
    const prekey = (await Peer.create('x')).oneTimePrekeys.get(1)!
    bob.oneTimePrekeys.set(5, { ...prekey, id: 5 })
    const [fromCarol, fromDave] = [await carol.startAndSend(bob, HELLO), await dave.startAndSend(bob, HELLO)]
    await expect(bob.receive(carol, fromCarol)).resolves.toEqual(HELLO)
    await expect(raw.receive(dave, fromDave)).rejects.toThrow('Bad MAC')
    await expect(bob.receive(dave, fromDave)).rejects.toBeInstanceOf(UnknownPrekeyError)
    // The later messages of a first flight name it too, and need it no more.
    await expect(bob.receive(carol, await carol.send(bob, HELLO))).resolves.toEqual(HELLO)
    expect(alice.sessions.size).toBe(1)
  })

  it('with a ratchet key of low order is refused by name', async () => {
    const [alice, bob] = await connectedPeers()
    const body = await alice.send(bob, HELLO)
    const fields = readFields(body.subarray(2, -8), { 1: 'bytes', 2: 'uint32', 3: 'uint32', 4: 'bytes' })
    const lowOrder = Uint8Array.of(5, ...new Uint8Array(32))
    const rest = [2, 3, 4].map((number) => [number, fields.get(number)] as const)
    const forged = Uint8Array.of(1, 0x33, ...writeFields([[1, lowOrder], ...rest]), ...body.subarray(-8))
    await expect(bob.receive(alice, forged)).rejects.toBeInstanceOf(LowOrderPointError)
  })

  it('with a prekey or an identity of low order in a bundle is refused', async () => {
    const [alice, bob] = [await Peer.create('alice'), await Peer.create('bob')]
    const lowOrder = Uint8Array.of(5, ...new Uint8Array(32))
    const oneTimePrekey = { id: 1, publicKey: lowOrder }
    await expect(startSession(alice, bob.address, { ...bob.bundle(), oneTimePrekey })).rejects.toBeInstanceOf(
      LowOrderPointError,
    )
    await expect(startSession(alice, bob.address, { ...bob.bundle(), identityKey: lowOrder })).rejects.toMatchObject({
      code: 'badSignature',
    })
  })

  it('that is cut off or of another kind is refused by name, and changes nothing', async () => {
    const [alice, bob] = await connectedPeers()
    const before = bob.sessions.get('alice.1')
    const unreadable = [[], [1], [3], [2, 0x33], [1, 0x33, 0, 0], [3, 0x33, 8], [1, 0x33, ...new Uint8Array(20)]]
    for (const body of unreadable) {
      await expect(decrypt(bob, alice.address, Uint8Array.from(body))).rejects.toMatchObject({ code: 'malformed' })
    }
    const older = Uint8Array.of(1, 0x23, ...new Uint8Array(60))
    await expect(decrypt(bob, alice.address, older)).rejects.toMatchObject({ code: 'badVersion' })
    expect(bob.sessions.get('alice.1')).toBe(before)
  })
})
