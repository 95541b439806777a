import { createRequire } from 'node:module'
import { ED25519_TORSION_SUBGROUP, ed25519 } from '@noble/curves/ed25519.js'
import { PrivateKey, PublicKey } from '@signalapp/libsignal-client'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { signXeddsa } from '#sdk/crypto/xeddsa-sign.ts'
import { deviceListSigningInput, verifyXeddsa } from './xeddsa.ts'

interface CompiledCurve {
  sign(privateKey: ArrayBuffer, message: ArrayBuffer): ArrayBuffer
  verify(publicKey: ArrayBuffer, message: ArrayBuffer, signature: ArrayBuffer): boolean
}

const { Curve25519Wrapper } = createRequire(import.meta.url)('@privacyresearch/curve25519-typescript') as {
  Curve25519Wrapper: { create(): Promise<CompiledCurve> }
}
const compiled = await Curve25519Wrapper.create()

const ORDER = ed25519.Point.Fn.ORDER
const hex = (text: string) => Uint8Array.from(Buffer.from(text, 'hex'))
const buffer = (bytes: Uint8Array) => Uint8Array.from(bytes).buffer
const octets = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })

function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = Uint8Array.from(bytes)
  copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7))
  return copy
}

function withType(x25519: Uint8Array): Uint8Array {
  return Uint8Array.of(5, ...x25519)
}

/** Published with Signal's own library, as the test of its signatures. */
const VECTOR = {
  publicKey: hex('05ab7e717d4a163b7d9a1d8071dfe9dcf8cdcd1cea3339b6356be84d887e322c64'),
  message: hex('05edce9d9c415ca78cb7252e72c2c4a554d3eb29485a0e1d503118d1a82d99fb4a'),
  signature: hex(
    '5de88ca9a89b4a115da79109c67c9c7464a3e4180274f1cb8c63c2984e286dfbede82deb9dcd9fae0bfbb821569b3d9001bd8130cd11d486cef047bd60b86e88',
  ),
}

describe('XEdDSA', () => {
  it('verifies the published signature and refuses it with any bit changed', () => {
    const { publicKey, message, signature } = VECTOR
    expect(verifyXeddsa(publicKey, message, signature)).toBe(true)
    for (let bit = 0; bit < 512; bit += 3) {
      expect(verifyXeddsa(publicKey, message, flipped(signature, bit))).toBe(false)
    }
    expect(verifyXeddsa(publicKey, flipped(message, 9), signature)).toBe(false)
    expect(verifyXeddsa(flipped(publicKey, 9), message, signature)).toBe(false)
  })

  it('agrees with the compiled curve and with the native library in both directions', () => {
    for (let round = 0; round < 12; round += 1) {
      const native = PrivateKey.generate()
      const privateKey = Uint8Array.from(native.serialize())
      const publicKey = Uint8Array.from(native.getPublicKey().serialize())
      const raw = buffer(publicKey.subarray(1))
      const message = Uint8Array.from({ length: round * 7 }, (_, at) => at + round)

      const ours = signXeddsa(privateKey, message)
      expect(native.getPublicKey().verify(Buffer.from(message), Buffer.from(ours))).toBe(true)
      // The compiled curve answers `true` for "not valid".
      expect(compiled.verify(raw, buffer(message), buffer(ours))).toBe(false)
      expect(verifyXeddsa(publicKey, message, ours)).toBe(true)

      expect(verifyXeddsa(publicKey, message, native.sign(Buffer.from(message)))).toBe(true)
      const theirs = compiled.sign(buffer(privateKey), buffer(message))
      expect(verifyXeddsa(publicKey, message, new Uint8Array(theirs))).toBe(true)
    }
  })

  it('refuses a scalar that is not reduced: a second signature for the same message', () => {
    const { publicKey, message } = VECTOR
    const signature = signXeddsa(new Uint8Array(32).fill(7), message)
    const key = withType(
      Uint8Array.from(PrivateKey.deserialize(Buffer.alloc(32, 7)).getPublicKey().getPublicKeyBytes()),
    )
    expect(verifyXeddsa(key, message, signature)).toBe(true)
    let scalar = ORDER
    for (let at = 31; at >= 0; at -= 1) scalar += BigInt(signature[32 + at] ?? 0) << BigInt(8 * at)
    const second = Uint8Array.from(signature)
    for (let at = 0; at < 32; at += 1) second[32 + at] = Number((scalar >> BigInt(8 * at)) & 0xffn)
    expect(verifyXeddsa(key, message, second)).toBe(false)
    expect(verifyXeddsa(publicKey, message, signature)).toBe(false)
  })

  it('refuses keys of low order, with which the compiled curve accepts a signature that nobody made', () => {
    // u = 0 has order 2; its Edwards point is (0, -1). With s = 0 the equation holds for every even challenge.
    const key = withType(new Uint8Array(32))
    const commitment = Uint8Array.of(1, ...new Uint8Array(31))
    const forged = Uint8Array.from([...commitment, ...new Uint8Array(32)])
    const messages = Array.from({ length: 16 }, (_, at) => Uint8Array.of(at))
    const accepted = messages.filter(
      (message) => !compiled.verify(buffer(key.subarray(1)), buffer(message), buffer(forged)),
    )
    expect(accepted.length).toBeGreaterThan(0)
    for (const message of messages) expect(verifyXeddsa(key, message, forged)).toBe(false)

    const { Fp } = ed25519.Point
    for (const encoded of ED25519_TORSION_SUBGROUP) {
      const { y } = ed25519.Point.fromHex(encoded).toAffine()
      // The identity has no Montgomery coordinate.
      if (y === 1n) continue
      const u = Fp.div(Fp.add(1n, y), Fp.sub(1n, y))
      for (const message of messages) expect(verifyXeddsa(withType(Fp.toBytes(u)), message, forged)).toBe(false)
    }
  })

  it('refuses a second spelling of a key', () => {
    const { publicKey, message, signature } = VECTOR
    expect(verifyXeddsa(flipped(publicKey, 8 + 255), message, signature)).toBe(false)
    expect(verifyXeddsa(withType(hex(`ec${'ff'.repeat(30)}7f`)), message, signature)).toBe(false)
    expect(verifyXeddsa(withType(hex(`ed${'ff'.repeat(30)}7f`)), message, signature)).toBe(false)
  })

  it('answers false, and never throws, for whatever it is given', () => {
    const inForm = fc.tuple(octets(32).map(withType), fc.uint8Array({ maxLength: 40 }), octets(64))
    const outOfForm = fc.tuple(fc.uint8Array(), fc.uint8Array(), fc.uint8Array({ maxLength: 80 }))
    fc.assert(
      fc.property(fc.oneof(inForm, outOfForm), ([key, message, signature]) => {
        expect(verifyXeddsa(key, message, signature)).toBe(false)
      }),
      { numRuns: 60 },
    )
  })
})

describe('the device list', () => {
  it('is signed with a context that no other signature has', () => {
    const bytes = hex('7b7d')
    expect(Buffer.from(deviceListSigningInput(bytes)).toString('latin1')).toBe('SilentRelay device list v1\u0000{}')
    const privateKey = PrivateKey.generate()
    const publicKey = PublicKey.deserialize(privateKey.getPublicKey().serialize()).serialize()
    const signature = signXeddsa(Uint8Array.from(privateKey.serialize()), deviceListSigningInput(bytes))
    expect(verifyXeddsa(publicKey, deviceListSigningInput(bytes), signature)).toBe(true)
    expect(verifyXeddsa(publicKey, bytes, signature)).toBe(false)
  })
})
