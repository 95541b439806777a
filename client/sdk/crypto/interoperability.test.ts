/** Sessions are exchangeable with Signal's own native library of the X3DH era. */

import { Fingerprint, PublicKey } from '@signalapp/libsignal-client'
import { describe, expect, it } from 'vitest'
import { utf8 } from '#protocol/bytes.ts'
import { startSession } from './pairwise.ts'
import { remoteRegistrationId } from './record.ts'
import { safetyNumber } from './safety-number.ts'
import { NativePeer } from './testing/native-peer.ts'
import { Peer } from './testing/peer.ts'

type Either = Pick<Peer, 'address' | 'send' | 'receive'>

/** Sends `texts`, and reads them in the order of `order`. */
async function burst(from: Either, to: Either, texts: readonly string[], order: readonly number[]): Promise<void> {
  const bodies: Uint8Array[] = []
  for (const text of texts) bodies.push(await from.send(to, utf8(text)))
  for (const at of order) expect(await to.receive(from, bodies[at]!)).toEqual(utf8(texts[at]!))
}

/** Several turns of the ratchet with messages out of order, some of them read only after later turns. */
async function converse(one: Either, other: Either): Promise<void> {
  await burst(one, other, ['first', 'second', 'third'], [2, 0, 1])
  const late = await other.send(one, utf8('late'))
  for (let turn = 0; turn < 4; turn += 1) {
    await burst(other, one, ['a', '', 'c'.repeat(2_000)], [1, 2, 0])
    await burst(one, other, ['d', 'e', 'f', 'g'], [3, 2, 1, 0])
  }
  expect(await one.receive(other, late)).toEqual(utf8('late'))
}

function party({ address, localIdentity }: Peer) {
  return { account: address.account, identityKey: localIdentity.publicKey }
}

describe('sessions with the native library', () => {
  it.each([true, false])('start here (one-time prekey: %s)', async (withOneTimePrekey) => {
    const [ours, native] = [await Peer.create('ours'), new NativePeer('native')]
    ours.commit(await startSession(ours, native.address, await native.bundle(withOneTimePrekey)))
    expect(remoteRegistrationId(ours.sessions.get('native.1')!)).toBe(77)
    await converse(ours, native)
    // The native library deletes the one-time prekey that it used, and only that.
    expect(native.prekeys.records.size).toBe(withOneTimePrekey ? 0 : 1)
  })

  it.each([1, 0])('start there (one-time prekeys: %s)', async (oneTimePrekeys) => {
    const [ours, native] = [await Peer.create('ours', { oneTimePrekeys }), new NativePeer('native')]
    await native.start(ours.address, ours.bundle())
    await converse(native, ours)
    expect(ours.oneTimePrekeys.size).toBe(0)
    expect(remoteRegistrationId(ours.sessions.get('native.1')!)).toBe(77)
  })

  it('start on both sides at once, and settle', async () => {
    const [ours, native] = [await Peer.create('ours'), new NativePeer('native')]
    ours.commit(await startSession(ours, native.address, await native.bundle(true)))
    await native.start(ours.address, ours.bundle())
    for (let turn = 0; turn < 5; turn += 1) {
      const [left, right] = [await ours.send(native, utf8('left')), await native.send(ours, utf8('right'))]
      expect(await native.receive(ours, left)).toEqual(utf8('left'))
      expect(await ours.receive(native, right)).toEqual(utf8('right'))
    }
    await converse(ours, native)
  })

  it('refuse the same tampering and the same replay', async () => {
    const [ours, native] = [await Peer.create('ours'), new NativePeer('native')]
    await native.start(ours.address, ours.bundle())
    await converse(native, ours)
    const body = await native.send(ours, utf8('once'))
    const tampered = Uint8Array.from(body)
    tampered[tampered.length - 1] = (tampered.at(-1) ?? 0) ^ 1
    await expect(ours.receive(native, tampered)).rejects.toMatchObject({ code: 'badMac' })
    await ours.receive(native, body)
    await expect(ours.receive(native, body)).rejects.toMatchObject({ code: 'duplicate' })
  })
})

describe('the safety number', () => {
  it("is the native library's, and the same for both sides", async () => {
    for (let round = 0; round < 3; round += 1) {
      const [one, other] = [await Peer.create(`one${round}`), await Peer.create(`other${round}`)]
      const native = Fingerprint.new(
        5_200,
        2,
        Buffer.from(one.address.account),
        PublicKey.deserialize(Buffer.from(one.localIdentity.publicKey)),
        Buffer.from(other.address.account),
        PublicKey.deserialize(Buffer.from(other.localIdentity.publicKey)),
      )
      const number = safetyNumber(party(one), party(other))
      expect(number).toHaveLength(12)
      expect(number.join('')).toBe(native.displayableFingerprint().toString())
      expect(safetyNumber(party(other), party(one))).toEqual(number)
    }
  })
})
