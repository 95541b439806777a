import fc from 'fast-check'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { randomBytes, toBase64url } from '../bytes.ts'
import { createMedia, renewMedia } from '../http/media.ts'
import { LIMITS } from '../limits.ts'
import { mediaName, releaseVerifier } from './object.ts'
import { chunkNonce, isDigestOf, objectDigest } from './seal.ts'
import {
  CHUNK_PLAIN_BYTES,
  MAX_SEALED_BYTES,
  chunkCount,
  isSealedSize,
  paddedSize,
  partCount,
  partSize,
  sealedSize,
  tokensFor,
} from './sizes.ts'

const size = fc.integer({ min: 0, max: LIMITS.mediaBytes })
const secret = () => toBase64url(randomBytes(32))

describe('sizes of media', () => {
  it('MD-1: padding adds less than an eighth to what is not small, never takes, and never orders files otherwise', () => {
    fc.assert(
      fc.property(size, size, (one, other) => {
        const padded = paddedSize(one)
        expect(padded).toBeGreaterThanOrEqual(one)
        expect(paddedSize(padded)).toBe(padded)
        if (one > 16_384) expect(padded).toBeLessThan(one * 1.125)
        if (one <= other) expect(padded).toBeLessThanOrEqual(paddedSize(other))
      }),
    )
  })

  it('MD-1: there are about a hundred of them', () => {
    const sizes = new Set<number>()
    for (let at = 0; at <= LIMITS.mediaBytes; at = paddedSize(at) + 1) sizes.add(paddedSize(at))
    expect(sizes.size).toBe(102)
  })

  it('MD-2: chunks and parts are all of the object, and parts are whole numbers of chunks', () => {
    fc.assert(
      fc.property(size, (file) => {
        const sealed = sealedSize(file)
        const chunks = chunkCount(file)
        expect(isSealedSize(sealed)).toBe(true)
        expect(isSealedSize(sealed - 1)).toBe(false)
        expect(sealed).toBeLessThanOrEqual(MAX_SEALED_BYTES)
        expect(chunks * LIMITS.mediaChunkBytes).toBeGreaterThanOrEqual(sealed)
        expect((chunks - 1) * CHUNK_PLAIN_BYTES).toBeLessThan(paddedSize(file))
        const parts = Array.from({ length: partCount(sealed) }, (_, at) => partSize(sealed, at + 1))
        expect(parts.reduce((sum, one) => sum + one, 0)).toBe(sealed)
        expect(parts.every((one) => one > 0 && one <= LIMITS.mediaPartBytes)).toBe(true)
        expect(tokensFor(sealed)).toBe(Math.ceil(parts.length / 2))
      }),
    )
    expect(LIMITS.mediaPartBytes % LIMITS.mediaChunkBytes).toBe(0)
  })
})

describe('names, nonces and digests', () => {
  it('a name tells nothing of its capability, and a verifier nothing of its release', () => {
    const one = secret()
    expect(new Set([one, mediaName(one), releaseVerifier(one), mediaName(mediaName(one))]).size).toBe(4)
    expect(mediaName(one)).toBe(mediaName(one))
  })

  it('MD-2: no two places of a file have one nonce, and the last is told from one in the middle', () => {
    const nonces = Array.from({ length: chunkCount(LIMITS.mediaBytes) }, (_, at) => [
      toBase64url(chunkNonce(at, false)),
      toBase64url(chunkNonce(at, true)),
    ]).flat()
    expect(new Set(nonces).size).toBe(nonces.length)
    expect(nonces.every((nonce) => nonce.length === 16)).toBe(true)
  })

  it('MD-2: a digest is of all chunks in their order', () => {
    const hashes = [randomBytes(32), randomBytes(32)]
    const file = CHUNK_PLAIN_BYTES + 1
    const digest = objectDigest(hashes)
    expect(isDigestOf(digest, file, hashes)).toBe(true)
    expect(isDigestOf(digest, file, hashes.toReversed())).toBe(false)
    expect(isDigestOf(digest, file, hashes.slice(0, 1))).toBe(false)
    expect(isDigestOf(objectDigest(hashes.slice(0, 1)), file, hashes.slice(0, 1))).toBe(false)
  })
})

describe('what is asked of the relay', () => {
  const token = { keyId: 1, nonce: secret(), proof: secret() }
  const upload = { name: secret(), release: secret(), bytes: sealedSize(1), hours: 720, tokens: [token] }

  it('MD-8, MD-10: is an object of a possible size, for 30 days at most', () => {
    expect(v.is(createMedia.request, upload)).toBe(true)
    for (const wrong of [
      { bytes: sealedSize(0) - 1 },
      { bytes: MAX_SEALED_BYTES + 1 },
      { bytes: sealedSize(LIMITS.mediaPartBytes) + 1 },
      { hours: 0 },
      { hours: 721 },
      { tokens: [] },
      { tokens: Array.from({ length: tokensFor(MAX_SEALED_BYTES) + 1 }, () => token) },
      { account: 'me' },
    ]) {
      expect(v.is(createMedia.request, { ...upload, ...wrong })).toBe(false)
    }
    expect(v.is(renewMedia.request, { object: secret(), tokens: [token] })).toBe(true)
  })
})
