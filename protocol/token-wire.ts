/** Blind tokens as they travel, and how long their keys count. What they are, and the mathematics: `blind-tokens.ts`, which is loaded where it is used. */

import * as v from 'valibot'
import { LIMITS } from './limits.ts'
import { bytesOf, integer, listOf } from './primitives.ts'

const ELEMENT_BYTES = 32
export const NONCE_BYTES = 32
const MAC_BYTES = 32

/** A point of ristretto255. */
const Element = bytesOf(ELEMENT_BYTES)

/** Number of the period in which a key issues: weeks since 1970. */
export const TokenKeyId = integer(1, 0xff_ff_ff)
export type TokenKeyId = v.InferOutput<typeof TokenKeyId>

/** A key as everybody sees it. */
export const TokenPublicKey = v.object({ id: TokenKeyId, publicKey: Element })
export type TokenPublicKey = v.InferOutput<typeof TokenPublicKey>

/** Blinded inputs. */
export const TokenRequest = v.strictObject({ blinded: listOf(Element, LIMITS.tokensPerRequest, 1) })
export type TokenRequest = v.InferOutput<typeof TokenRequest>

/** As many evaluated elements, in the request's order, and one proof for all. */
export const TokenAnswer = v.object({ keyId: TokenKeyId, evaluated: v.array(Element), proof: bytesOf(64) })
export type TokenAnswer = v.InferOutput<typeof TokenAnswer>

/** What spends a token. */
export const TokenCredential = v.strictObject({
  keyId: TokenKeyId,
  nonce: bytesOf(NONCE_BYTES),
  proof: bytesOf(MAC_BYTES),
})
export type TokenCredential = v.InferOutput<typeof TokenCredential>

/** The key that issues at `now`. */
export function issuingKeyId(now: number): TokenKeyId {
  return Math.floor(now / LIMITS.tokenKeyLife)
}

/** Whether tokens of this key count at `now`: it issues, or is the one before. Its spent tokens can be forgotten when not. */
export function isTokenKeyInForce(id: TokenKeyId, now: number): boolean {
  const issuing = issuingKeyId(now)
  return id === issuing || id === issuing - 1
}

/** When tokens of this key count no more (milliseconds since the epoch). */
export function tokenKeyEnd(id: TokenKeyId): number {
  return (id + 2) * LIMITS.tokenKeyLife
}
