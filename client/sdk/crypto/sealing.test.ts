import { describe, expect, it } from 'vitest'
import { concatBytes, randomBytes, toBase64url, utf8 } from '#protocol/bytes.ts'
import { pad } from '#protocol/content/padding.ts'
import { LIMITS, PADDING_BUCKETS } from '#protocol/limits.ts'
import { CERTIFICATE_BYTES } from '#protocol/sealed/certificate.ts'
import {
  ENCAPSULATED_BYTES,
  MAX_SEALED_MESSAGE_BYTES,
  SEALED_BODY_BYTES,
  SEALED_TYPE,
  type SealedFor,
  sealedAdditionalData,
  sealedBody,
  sealingInfo,
  sealingKeyHint,
} from '#protocol/sealed/envelope.ts'
import { Aes256Gcm, CipherSuite, HkdfSha256 } from '@hpke/core'
import { writeFields } from './protobuf.ts'
import { type SealingErrorCode, generateSealingKey, openEnvelope, sealEnvelope, sealingKeyPair } from './sealing.ts'
import { Peer } from './testing/peer.ts'
import { xWing } from './x-wing.ts'

const id = () => toBase64url(randomBytes(16))
const certificate = randomBytes(CERTIFICATE_BYTES)
const message = concatBytes(Uint8Array.of(1), randomBytes(300))
const bob = await generateSealingKey()
const target: SealedFor = { account: id(), device: 2, registrationId: 4_242, messageId: id(), ephemeral: false }
const sealed = await sealEnvelope(bob.publicKey, target, certificate, message)

const failsWith = (code: SealingErrorCode): unknown => expect.objectContaining({ name: 'SealingError', code })

function flipped(octets: Uint8Array, at: number): Uint8Array {
  const copy = Uint8Array.from(octets)
  copy[at] = (copy[at] ?? 0) ^ 1
  return copy
}

describe('a sealed envelope', () => {
  it('X-1: opens for its device, and yields what was sealed', async () => {
    expect(sealed[0]).toBe(SEALED_TYPE)
    expect(await openEnvelope([bob], target, sealed)).toEqual({ certificate, message })
  })

  it('X-1: is X-Wing, HKDF-SHA-256 and AES-256-GCM as anybody else would put them together', async () => {
    const kem = xWing()
    const suite = new CipherSuite({ kem, kdf: new HkdfSha256(), aead: new Aes256Gcm() })
    expect([suite.kem.id, suite.kdf.id, suite.aead.id]).toEqual([0x647a, 0x0001, 0x0002])
    const aad = sealedAdditionalData(sealingKeyHint(bob.publicKey), target)
    const opened = await suite.open(
      {
        recipientKey: await kem.deserializePrivateKey(Uint8Array.from(bob.privateKey).buffer),
        enc: sealed.slice(5, 5 + ENCAPSULATED_BYTES).buffer,
        info: utf8('SilentRelay sealed envelope v1').buffer,
      },
      sealed.slice(5 + ENCAPSULATED_BYTES).buffer,
      aad.buffer,
    )
    expect(Buffer.from(opened).subarray(0, CERTIFICATE_BYTES + message.length)).toEqual(
      Buffer.from(concatBytes(certificate, message)),
    )
  })

  it('X-1: never has the same octets twice', async () => {
    expect(await sealEnvelope(bob.publicKey, target, certificate, message)).not.toEqual(sealed)
  })

  it.each([
    ['account', { account: id() }],
    ['device', { device: 3 }],
    ['registration id', { registrationId: 4_243 }],
    ['message id', { messageId: id() }],
    ['inbox', { ephemeral: true }],
  ])('X-2: does not open for another %s', async (_, other) => {
    await expect(openEnvelope([bob], { ...target, ...other }, sealed)).rejects.toEqual(failsWith('unreadable'))
  })

  it.each([
    ['type', 0, 'malformed'],
    ['key hint', 1, 'unknownKey'],
    ['ML-KEM ciphertext', 5, 'unreadable'],
    ['X25519 share', 5 + ENCAPSULATED_BYTES - 1, 'unreadable'],
    ['ciphertext', 5 + ENCAPSULATED_BYTES, 'unreadable'],
    ['tag', sealed.length - 1, 'unreadable'],
  ] as const)('X-2: with a bit of its %s changed is refused by name', async (_, at, code) => {
    await expect(openEnvelope([bob], target, flipped(sealed, at))).rejects.toEqual(failsWith(code))
  })

  it('X-2: cut short, lengthened or empty is none', async () => {
    for (const body of [
      sealed.slice(0, -1),
      concatBytes(sealed, Uint8Array.of(0)),
      new Uint8Array(),
      sealed.slice(0, 5),
    ]) {
      await expect(openEnvelope([bob], target, body)).rejects.toEqual(failsWith('malformed'))
    }
  })

  it('X-2: with an X25519 share of low order is refused like any other wrong one', async () => {
    const low = Uint8Array.from(sealed)
    low.fill(0, 5 + ENCAPSULATED_BYTES - 32, 5 + ENCAPSULATED_BYTES)
    await expect(openEnvelope([bob], target, low)).rejects.toEqual(failsWith('unreadable'))
  })

  it('X-3: opens with a former key as long as the device has it, and with no other', async () => {
    const next = await generateSealingKey()
    expect((await openEnvelope([next, bob], target, sealed)).message).toEqual(message)
    await expect(openEnvelope([next], target, sealed)).rejects.toEqual(failsWith('unknownKey'))
    await expect(openEnvelope([], target, sealed)).rejects.toEqual(failsWith('unknownKey'))
    // A hint may coincide: the key decides.
    const impostor = { ...next, publicKey: bob.publicKey }
    await expect(openEnvelope([impostor], target, sealed)).rejects.toEqual(failsWith('unreadable'))
  })

  it('comes back from the private key alone, which is all that a device keeps', async () => {
    expect(await sealingKeyPair(bob.privateKey)).toEqual(bob)
    expect([bob.publicKey.length, bob.privateKey.length]).toEqual([1_216, 32])
  })

  it('is sealed to nothing but a key: length, coefficients and the point are checked', async () => {
    const coefficients = Uint8Array.from(bob.publicKey).fill(0xff, 0, 3)
    const lowOrder = Uint8Array.from(bob.publicKey).fill(0, 1_184)
    for (const key of [bob.publicKey.slice(1), new Uint8Array(), coefficients, lowOrder]) {
      await expect(sealEnvelope(key, target, certificate, message)).rejects.toEqual(failsWith('badKey'))
    }
  })

  it('that seals another envelope, or nothing, is not opened', async () => {
    const nested = await sealEnvelope(
      bob.publicKey,
      target,
      certificate,
      concatBytes(Uint8Array.of(SEALED_TYPE), message),
    )
    const empty = await sealEnvelope(bob.publicKey, target, certificate, new Uint8Array())
    for (const body of [nested, empty]) {
      await expect(openEnvelope([bob], target, body)).rejects.toEqual(failsWith('malformed'))
    }
  })

  it('that seals octets without padding is not opened', async () => {
    const kem = xWing()
    const suite = new CipherSuite({ kem, kdf: new HkdfSha256(), aead: new Aes256Gcm() })
    const hint = sealingKeyHint(bob.publicKey)
    const recipientPublicKey = await kem.deserializePublicKey(Uint8Array.from(bob.publicKey).buffer)
    const { enc, ct } = await suite.seal(
      { recipientPublicKey, info: sealingInfo().buffer },
      new Uint8Array((SEALED_BODY_BYTES[0] ?? 0) - 5 - ENCAPSULATED_BYTES - 16).buffer,
      sealedAdditionalData(hint, target).buffer,
    )
    const body = sealedBody(hint, new Uint8Array(enc), new Uint8Array(ct))
    expect(SEALED_BODY_BYTES).toContain(body.length)
    await expect(openEnvelope([bob], target, body)).rejects.toEqual(failsWith('malformed'))
  })

  it('can be made and opened many at a time', async () => {
    const many = Array.from({ length: 12 }, (_, at) => ({ ...target, device: at + 1 }))
    const bodies = await Promise.all(many.map((one) => sealEnvelope(bob.publicKey, one, certificate, message)))
    const opened = await Promise.all(bodies.map((body, at) => openEnvelope([bob], many[at] ?? target, body)))
    expect(opened.every(({ message: one }) => Buffer.from(one).equals(message))).toBe(true)
  })
})

describe('the length of a sealed envelope', () => {
  /** A prekey message around padded content of `bucket` octets, with the longest numbers there are. */
  function longest(bucket: number): Uint8Array {
    const most = 0xff_ff_ff_ff
    const key = randomBytes(33)
    // PKCS #7 adds 16 octets to whole blocks.
    const inner = concatBytes(
      Uint8Array.of(0x33),
      writeFields([
        [1, key],
        [2, most],
        [3, most],
        [4, new Uint8Array(bucket + 16)],
      ]),
      new Uint8Array(8),
    )
    const outer = writeFields([
      [1, most],
      [2, key],
      [3, key],
      [4, inner],
      [5, most],
      [6, most],
    ])
    return concatBytes(Uint8Array.of(3, 0x33), outer)
  }

  it('X-4: is one for each bucket of content: whatever the ratchet puts around it, and for any smaller message', async () => {
    const lengths = []
    for (const [at, bucket] of PADDING_BUCKETS.entries()) {
      const most = await sealEnvelope(bob.publicKey, target, certificate, longest(bucket))
      const least = await sealEnvelope(bob.publicKey, target, certificate, new Uint8Array(bucket))
      expect(least.length).toBe(most.length)
      expect(most.length).toBe(SEALED_BODY_BYTES[at])
      lengths.push(most.length)
    }
    expect(new Set(lengths).size).toBe(PADDING_BUCKETS.length)
  })

  it('X-4: hides whether a session begins with the message', async () => {
    const content = pad(utf8('Hello'))
    const [ada, ben] = [await Peer.create('ada'), await Peer.create('ben')]
    const first = await ada.startAndSend(ben, content)
    await ben.receive(ada, first)
    const later = await ben.send(ada, content)
    expect([first[0], later[0]]).toEqual([3, 1])
    expect(first.length).not.toBe(later.length)
    const seal = (body: Uint8Array) => sealEnvelope(bob.publicKey, target, certificate, body)
    expect((await seal(first)).length).toBe((await seal(later)).length)
  })

  it('X-4: never exceeds what an envelope may have; more is refused by name', async () => {
    const most = await sealEnvelope(
      bob.publicKey,
      target,
      certificate,
      new Uint8Array(MAX_SEALED_MESSAGE_BYTES).fill(1),
    )
    expect(most.length).toBeLessThanOrEqual(LIMITS.envelopeBytes)
    const more = new Uint8Array(MAX_SEALED_MESSAGE_BYTES + 1)
    await expect(sealEnvelope(bob.publicKey, target, certificate, more)).rejects.toEqual(failsWith('tooLarge'))
  })
})
