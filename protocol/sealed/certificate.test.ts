import { ed25519 } from '@noble/curves/ed25519.js'
import * as fc from 'fast-check'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { concatBytes, randomBytes, toBase64url, utf8 } from '../bytes.ts'
import { LIMITS } from '../limits.ts'
import {
  CERTIFICATE_BYTES,
  type CertificateKey,
  certificateKeyId,
  certificateSigningInput,
  issueCertificate,
  readCertificate,
  verifyCertificate,
  verifyStrictly,
} from './certificate.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const NOW = Date.UTC(2026, 10, 22, 6, 10, 1, 234)
const ISSUED = Date.UTC(2026, 10, 22, 6)

interface Signer {
  readonly seed: Uint8Array
  readonly key: CertificateKey
}

function signer(from = 0, until = 2 * NOW): Signer {
  const { secretKey, publicKey } = ed25519.keygen()
  return { seed: secretKey, key: { publicKey: toBase64url(publicKey), from, until } }
}

const identityKey = toBase64url(concatBytes(Uint8Array.of(5), randomBytes(32)))
const sender = { account: toBase64url(randomBytes(16)), device: 513, identityKey }
const present = signer()
const certificate = issueCertificate(present.seed, sender, NOW)
const fault = (name: string) => ({ ok: false, fault: name })

/** A certificate with other octets from `at`, signed anew. */
function resigned(at: number, octets: Uint8Array, { seed }: Signer = present): Uint8Array {
  const copy = Uint8Array.from(certificate)
  copy.set(octets, at)
  const unsigned = copy.subarray(0, CERTIFICATE_BYTES - 64)
  copy.set(ed25519.sign(certificateSigningInput(unsigned), seed), CERTIFICATE_BYTES - 64)
  return copy
}

function uint48(value: number): Uint8Array {
  const buffer = Buffer.alloc(6)
  buffer.writeUIntBE(value, 0, 6)
  return buffer
}

describe('a sender certificate', () => {
  it('X-5: has 132 octets in the order of the specification, dated to the hour', () => {
    expect(CERTIFICATE_BYTES).toBe(132)
    const octets = Buffer.from(certificate)
    expect(octets[0]).toBe(1)
    expect(octets.readUInt32BE(1)).toBe(certificateKeyId(ed25519.getPublicKey(present.seed)))
    expect(toBase64url(octets.subarray(5, 21))).toBe(sender.account)
    expect(octets.readUInt16BE(21)).toBe(513)
    expect(toBase64url(octets.subarray(23, 56))).toBe(identityKey)
    expect(octets.readUIntBE(56, 6)).toBe(ISSUED)
    expect(octets.readUIntBE(62, 6)).toBe(ISSUED + DAY)
    const input = concatBytes(utf8('SilentRelay sender certificate v1\0'), certificate.subarray(0, 68))
    expect(ed25519.verify(certificate.subarray(68), input, ed25519.getPublicKey(present.seed))).toBe(true)
  })

  it('X-5: is the same for all requests of an hour, so that it does not tell when it was fetched', () => {
    expect(issueCertificate(present.seed, sender, ISSUED)).toEqual(certificate)
    expect(issueCertificate(present.seed, sender, ISSUED + HOUR - 1)).toEqual(certificate)
    expect(issueCertificate(present.seed, sender, ISSUED + HOUR)).not.toEqual(certificate)
  })

  it('X-5: comes out as it went in, whoever it names', () => {
    const senders = fc.record({
      account: fc.uint8Array({ minLength: 16, maxLength: 16 }).map(toBase64url),
      device: fc.integer({ min: 1, max: LIMITS.deviceId }),
      identityKey: fc.uint8Array({ minLength: 32, maxLength: 32 }).map((key) => toBase64url(Uint8Array.of(5, ...key))),
    })
    fc.assert(
      fc.property(senders, fc.integer({ min: 0, max: 2 ** 46 }), (named, now) => {
        const issuedAt = now - (now % HOUR)
        expect(readCertificate(issueCertificate(present.seed, named, now))).toEqual({
          ...named,
          keyId: certificateKeyId(ed25519.getPublicKey(present.seed)),
          issuedAt,
          expiresAt: issuedAt + DAY,
        })
      }),
      { numRuns: 10 },
    )
  })

  it('X-6: counts under the key that signed it', () => {
    const verdict = verifyCertificate(certificate, [signer().key, present.key], NOW, identityKey)
    expect(verdict).toMatchObject({ ok: true, certificate: sender })
    expect(verifyCertificate(certificate, [present.key], NOW)).toMatchObject({ ok: true })
  })

  it('X-6: counts for its time, and five minutes more on both sides, by the clock that accepted the envelope', () => {
    const at = (moment: number) => verifyCertificate(certificate, [present.key], moment)
    const [first, last] = [ISSUED - LIMITS.clockSkew, ISSUED + DAY + LIMITS.clockSkew - 1]
    expect([at(first).ok, at(last).ok]).toEqual([true, true])
    expect(at(first - 1)).toEqual(fault('notYetValid'))
    expect(at(last + 1)).toEqual(fault('expired'))
  })

  it('X-6: does not count for more than a day, whoever signed it', () => {
    const longer = resigned(62, uint48(ISSUED + DAY + 1))
    expect(verifyCertificate(longer, [present.key], NOW)).toEqual(fault('validTooLong'))
    expect(verifyCertificate(resigned(62, uint48(ISSUED + DAY - 1)), [present.key], NOW)).toMatchObject({ ok: true })
  })

  it('X-6: does not count under keys that the deployment does not have', () => {
    expect(verifyCertificate(certificate, [], NOW)).toEqual(fault('unknownKey'))
    expect(verifyCertificate(certificate, [signer().key], NOW)).toEqual(fault('unknownKey'))
    // Somebody else's signature under the number of a key that is known.
    expect(verifyCertificate(resigned(5, randomBytes(16), signer()), [present.key], NOW)).toEqual(
      fault('signatureInvalid'),
    )
  })

  it('X-6: counts only if it was issued while its key was in force; two may be at once', () => {
    const { publicKey } = present.key
    const verdict = (from: number, until: number) => verifyCertificate(certificate, [{ publicKey, from, until }], NOW)
    expect(verdict(ISSUED, ISSUED + 1)).toMatchObject({ ok: true })
    expect(verdict(ISSUED + 1, NOW + DAY)).toEqual(fault('keyNotInForce'))
    expect(verdict(0, ISSUED)).toEqual(fault('keyNotInForce'))
    const next = signer(ISSUED - HOUR)
    const overlapping = [{ publicKey, from: 0, until: ISSUED + HOUR }, next.key]
    for (const { seed } of [present, next]) {
      expect(verifyCertificate(issueCertificate(seed, sender, NOW), overlapping, NOW)).toMatchObject({ ok: true })
    }
  })

  it('X-6: with any octet changed does not count', () => {
    // One octet of each field, and three of the signature.
    for (const at of [0, 1, 5, 21, 23, 55, 56, 61, 62, 67, 68, 100, CERTIFICATE_BYTES - 1]) {
      const copy = Uint8Array.from(certificate)
      copy[at] = (copy[at] ?? 0) ^ 1
      expect(verifyCertificate(copy, [present.key], NOW)).toMatchObject({ ok: false })
    }
  })

  it('X-6: of another form is none', () => {
    const malformed = [
      certificate.subarray(1),
      concatBytes(certificate, Uint8Array.of(0)),
      new Uint8Array(),
      new Uint8Array(CERTIFICATE_BYTES),
      resigned(0, Uint8Array.of(2)),
      resigned(21, Uint8Array.of(0, 0)),
      resigned(23, Uint8Array.of(4)),
      resigned(62, uint48(ISSUED)),
    ]
    for (const octets of malformed) {
      expect(readCertificate(octets)).toBeUndefined()
      expect(verifyCertificate(octets, [present.key], NOW)).toEqual(fault('malformed'))
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (octets) => {
        expect(verifyCertificate(octets, [present.key], NOW).ok).toBe(false)
      }),
    )
  })

  it('X-7: does not count in a session with another identity', () => {
    const other = toBase64url(concatBytes(Uint8Array.of(5), randomBytes(32)))
    expect(verifyCertificate(certificate, [present.key], NOW, other)).toEqual(fault('identityMismatch'))
  })
})

describe('the signature of a certificate', () => {
  const { tests } = JSON.parse(
    readFileSync(new URL('../../test/vectors/wycheproof-ed25519.json', import.meta.url), 'utf8'),
  ) as { tests: { public: string; message: string; signature: string; result: string }[] }
  const hex = (text: string) => Uint8Array.from(Buffer.from(text, 'hex'))

  it('X-6: is judged as Wycheproof says', () => {
    const verdicts = tests.map((test) =>
      verifyStrictly(hex(test.public), hex(test.message), hex(test.signature)) ? 'valid' : 'invalid',
    )
    expect(verdicts).toEqual(tests.map(({ result }) => result))
  })

  it('X-6: under a key of small order is none, though it fits every message', () => {
    const identity = new Uint8Array(32)
    identity[0] = 1
    const signature = concatBytes(identity, new Uint8Array(32))
    expect(ed25519.verify(signature, utf8('anything'), identity)).toBe(true)
    expect(verifyStrictly(identity, utf8('anything'), signature)).toBe(false)
  })
})
