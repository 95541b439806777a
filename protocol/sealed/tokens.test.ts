import { ristretto255_oprf } from '@noble/curves/ed25519.js'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { fromBase64url, randomBytes, toBase64url } from '../bytes.ts'
import { LIMITS } from '../limits.ts'
import {
  type DeliveryToken,
  deriveTokenKey,
  finishTokens,
  issueTokens,
  prepareTokens,
  redeemToken,
  tokenCredential,
} from './tokens.ts'
import { type TokenKeyId, isTokenKeyInForce, issuingKeyId } from '../token-wire.ts'

const NOW = Date.UTC(2026, 10, 22, 6, 10)
const seed = randomBytes(32)
const id = issuingKeyId(NOW)
const key = deriveTokenKey(seed, id)
const published = { id, publicKey: toBase64url(key.publicKey) }
const keyOf = (wanted: TokenKeyId) => (wanted === id ? key : deriveTokenKey(seed, wanted))
const account = () => toBase64url(randomBytes(16))
const use = { recipient: account(), messageId: account() }

const pending = prepareTokens(2)
const request = { blinded: pending.map(({ blinded }) => blinded) }
const answer = issueTokens(key, request) ?? expect.fail('refused')
const [token, another] = (finishTokens(pending, published, answer) ?? []) as [DeliveryToken, DeliveryToken]
const credential = tokenCredential(token, use)
const IDENTITY = toBase64url(new Uint8Array(32))

function flipped(text: string): string {
  const octets = fromBase64url(text)
  octets[3] = (octets[3] ?? 0) ^ 1
  return toBase64url(octets)
}

describe('delivery tokens', () => {
  it('X-11: are issued blindly and redeemed', () => {
    expect(answer).toMatchObject({ keyId: id, evaluated: [expect.any(String), expect.any(String)] })
    const spent = [token, another].map((one) => redeemToken(keyOf, tokenCredential(one, use), use, NOW))
    for (const one of spent) {
      expect(one?.keyId).toBe(id)
      expect(one?.hash).toMatch(/^[\w-]{22}$/)
    }
    expect(spent[0]?.hash).not.toBe(spent[1]?.hash)
  })

  it('X-11: carry nothing when they are spent that was seen when they were issued', () => {
    const seen = JSON.stringify([request, answer])
    for (const part of [credential.nonce, credential.proof, token.secret]) expect(seen).not.toContain(part)
    // The same nonce blinded again is another element: blinding is what hides it.
    expect(new Set(prepareTokens(4).map(({ blinded }) => blinded)).size).toBe(4)
  })

  it('X-11: are not made of elements that are no point, or the identity, which each key maps to itself', () => {
    const odd = new Uint8Array(32)
    odd[0] = 1
    for (const blinded of [IDENTITY, toBase64url(odd), toBase64url(new Uint8Array(32).fill(0xff))]) {
      expect(issueTokens(key, { blinded: [...request.blinded, blinded] })).toBeUndefined()
    }
    // The library takes the identity.
    const { evaluated } = ristretto255_oprf.voprf.blindEvaluate(key.secretKey, key.publicKey, new Uint8Array(32))
    expect(evaluated).toEqual(new Uint8Array(32))
  })

  it('X-12: the same request can be answered again, and yields the same tokens', () => {
    const again = issueTokens(key, request) ?? expect.fail('refused')
    expect(again.proof).not.toBe(answer.proof)
    expect(finishTokens(pending, published, again)).toEqual([token, another])
  })

  it('X-13: made under a key of one’s own are refused: they could be told apart when they are spent', () => {
    const marking = deriveTokenKey(randomBytes(32), id)
    const marked = issueTokens(marking, request) ?? expect.fail('refused')
    expect(finishTokens(pending, published, marked)).toBeUndefined()
    expect(finishTokens(pending, published, { ...marked, proof: answer.proof })).toBeUndefined()
    const own = { id, publicKey: toBase64url(marking.publicKey) }
    expect(finishTokens(pending, own, marked)).toHaveLength(2)
  })

  it.each([
    ['of another key id', { keyId: id - 1 }],
    ['with one element less', { evaluated: answer.evaluated.slice(1) }],
    ['with one more', { evaluated: [...answer.evaluated, ...answer.evaluated] }],
    ['in another order', { evaluated: answer.evaluated.toReversed() }],
    ['with the identity', { evaluated: [IDENTITY, answer.evaluated[1] ?? ''] }],
    ['with another proof', { proof: flipped(answer.proof) }],
  ])('X-13: an answer %s is refused as a whole', (_, other) => {
    expect(finishTokens(pending, published, { ...answer, ...other })).toBeUndefined()
  })

  it('X-14: are spent on one message to one recipient', () => {
    for (const other of [
      { ...use, recipient: account() },
      { ...use, messageId: account() },
    ]) {
      expect(redeemToken(keyOf, credential, other, NOW)).toBeUndefined()
    }
  })

  it('X-14: leave the same mark whatever they are spent on, so that the second time is seen', () => {
    const elsewhere = { recipient: account(), messageId: account() }
    const [first, again, other] = [use, use, elsewhere].map((one) =>
      redeemToken(keyOf, tokenCredential(token, one), one, NOW),
    )
    expect(first).toBeDefined()
    expect(again).toEqual(first)
    expect(other?.hash).toBe(first?.hash)
    expect(other?.use).not.toBe(first?.use)
  })

  it('X-14: with any part changed are none', () => {
    for (const other of [
      { nonce: flipped(credential.nonce) },
      { proof: flipped(credential.proof) },
      { keyId: id - 1 },
      { keyId: id + 1 },
    ]) {
      expect(redeemToken(keyOf, { ...credential, ...other }, use, NOW)).toBeUndefined()
    }
  })

  it('X-11: count for the week of their key and the next', () => {
    const start = id * LIMITS.tokenKeyLife
    const end = start + 2 * LIMITS.tokenKeyLife
    const at = (now: number) => redeemToken(keyOf, credential, use, now) !== undefined
    expect([start - 1, start, end - 1, end].map(at)).toEqual([false, true, true, false])
    expect([start, end - 1, end].map((now) => isTokenKeyInForce(id, now))).toEqual([true, true, false])
  })

  it('X-11: keys come of one seed, are each their own, and are asked for only while they are in force', () => {
    expect(deriveTokenKey(seed, id)).toEqual(key)
    const others = [deriveTokenKey(seed, id + 1), deriveTokenKey(randomBytes(32), id)]
    expect(new Set([key, ...others].map(({ publicKey }) => toBase64url(publicKey))).size).toBe(3)
    const never = () => expect.fail('asked for a key that is not in force')
    expect(redeemToken(never, { ...credential, keyId: id - 2 }, use, NOW)).toBeUndefined()
    expect(redeemToken(never, { ...credential, keyId: id + 1 }, use, NOW)).toBeUndefined()
  })
})

describe('the library’s VOPRF', () => {
  const hex = (text: string) => Uint8Array.from(Buffer.from(text, 'hex'))
  const toHex = (octets: Uint8Array) => Buffer.from(octets).toString('hex')
  const vectors = JSON.parse(
    readFileSync(new URL('../../test/vectors/rfc9497-voprf-ristretto255.json', import.meta.url), 'utf8'),
  ) as {
    seed: string
    keyInfo: string
    secretKey: string
    publicKey: string
    tests: {
      inputs: string[]
      blinds: string[]
      blinded: string[]
      evaluated: string[]
      outputs: string[]
      proof: string
      proofScalar: string
    }[]
  }
  const voprf = ristretto255_oprf.voprf as typeof ristretto255_oprf.voprf & {
    evaluate(secretKey: Uint8Array, input: Uint8Array): Uint8Array
  }
  /** Draws the scalar that a vector was made with: the library reduces what it draws. */
  const drawing = (scalar: string) => (length?: number) => {
    const octets = new Uint8Array(length ?? 32)
    octets.set(subtractOne(hex(scalar)))
    return octets
  }

  it('derives the key of RFC 9497, appendix A.1.2', () => {
    const pair = voprf.deriveKeyPair(hex(vectors.seed), hex(vectors.keyInfo))
    expect([toHex(pair.secretKey), toHex(pair.publicKey)]).toEqual([vectors.secretKey, vectors.publicKey])
  })

  it.each(vectors.tests)('is that of RFC 9497, appendix A.1.2: $proof', (test) => {
    const [secretKey, publicKey] = [hex(vectors.secretKey), hex(vectors.publicKey)]
    const inputs = test.inputs.map(hex)
    const blinds = inputs.map((input, at) => voprf.blind(input, drawing(test.blinds[at] ?? '')))
    expect(blinds.map(({ blind }) => toHex(blind))).toEqual(test.blinds)
    expect(blinds.map(({ blinded }) => toHex(blinded))).toEqual(test.blinded)
    const blinded = blinds.map((one) => one.blinded)
    const { evaluated, proof } = voprf.blindEvaluateBatch(secretKey, publicKey, blinded, drawing(test.proofScalar))
    expect(evaluated.map(toHex)).toEqual(test.evaluated)
    expect(toHex(proof)).toBe(test.proof)
    const items = inputs.map((input, at) => ({
      input,
      blind: blinds[at]?.blind ?? input,
      blinded: blinded[at] ?? input,
      evaluated: evaluated[at] ?? input,
    }))
    expect(voprf.finalizeBatch(items, publicKey, proof).map(toHex)).toEqual(test.outputs)
    expect(inputs.map((input) => toHex(voprf.evaluate(secretKey, input)))).toEqual(test.outputs)
  })
})

/** A little-endian number less one: the library adds it again, so that it never draws zero. */
function subtractOne(octets: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(octets)
  for (let at = 0; at < copy.length; at += 1) {
    const octet = copy[at] ?? 0
    copy[at] = (octet + 255) & 0xff
    if (octet > 0) break
  }
  return copy
}
