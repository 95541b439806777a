/**
 * Blind tokens: single-use credentials that say that somebody may do something, and not who. The deployment evaluates
 * blinded inputs (VOPRF, RFC 9497, ristretto255-SHA512), so that it cannot tell whom it gave a token that it sees spent; a
 * proof shows that it used the key that everybody sees, and not one for this account alone.
 *
 *     input  = context ‖ nonce                          drawn by the client, blinded
 *     secret = VOPRF(key, input)                        64 octets, known to client and deployment
 *     proof  = HMAC-SHA-256(secret, context ‖ use)      what is shown, with the nonce
 *
 * A token is bound to its use when it is spent, not when it is issued: who takes tokens need not know yet for what, and
 * takes them long before, so that the two moments say nothing about each other. Each scheme has labels of its own, so
 * that a token of one is none in another.
 */

import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { concatBytes, equalBytes, fromBase64url, randomBytes, toBase64url, utf8 } from './bytes.ts'
import {
  NONCE_BYTES,
  type TokenAnswer,
  type TokenCredential,
  type TokenKeyId,
  type TokenPublicKey,
  type TokenRequest,
  isTokenKeyInForce,
} from './token-wire.ts'
import { voprf } from './voprf.ts'

/** A key as the deployment has it. */
export interface TokenKey {
  readonly id: TokenKeyId
  readonly secretKey: Uint8Array
  readonly publicKey: Uint8Array
}

/** A token on its way: kept until the answer came, so that the same request can be repeated. Octets are base64url. */
export interface PendingToken {
  readonly nonce: string
  readonly blind: string
  readonly blinded: string
}

/** A token to spend, once. Octets are base64url. */
export interface BlindToken {
  readonly keyId: TokenKeyId
  readonly nonce: string
  readonly secret: string
}

/** What remembers that a token was spent. */
export interface SpentToken {
  readonly keyId: TokenKeyId
  /** Of the token. base64url of 16 octets, like `use`. */
  readonly hash: string
  /** Of what it was spent on: who repeats that repeats this, too. */
  readonly use: string
}

/** The octets before each kind of input, without the NUL that ends them. */
export interface TokenLabels {
  readonly input: string
  readonly key: string
  readonly use: string
  readonly spent: string
}

/** RFC 9497 section 4.1 wants the identity refused (it would be mapped to itself under every key); the library takes it. */
function isIdentity(element: Uint8Array): boolean {
  return element.every((octet) => octet === 0)
}

/** Tokens for one kind of thing. */
export class TokenScheme<TUse> {
  readonly #labels: TokenLabels
  readonly #octetsOf: (use: TUse) => Uint8Array

  /** @param octetsOf of one length for all uses */
  constructor(labels: TokenLabels, octetsOf: (use: TUse) => Uint8Array) {
    this.#labels = labels
    this.#octetsOf = octetsOf
  }

  /** The deployment's key of a period, from its secret seed (32 octets). Takes some milliseconds: keep it. */
  deriveKey(seed: Uint8Array, id: TokenKeyId): TokenKey {
    return { id, ...voprf.deriveKeyPair(seed, utf8(`${this.#labels.key}\0${id}`)) }
  }

  /**
   * Evaluates what an account asked for, under the key that issues. Who asks was authenticated and counted before. Takes
   * some milliseconds for each element (`bench/sealing.ts`). `undefined` when an element is no point, or the identity.
   */
  issue(key: TokenKey, { blinded }: TokenRequest): TokenAnswer | undefined {
    const elements = blinded.map(fromBase64url)
    if (elements.some(isIdentity)) return undefined
    try {
      const { evaluated, proof } = voprf.blindEvaluateBatch(key.secretKey, key.publicKey, elements)
      return { keyId: key.id, evaluated: evaluated.map(toBase64url), proof: toBase64url(proof) }
    } catch {
      return undefined
    }
  }

  /** `count` inputs, blinded. */
  prepare(count: number): PendingToken[] {
    return Array.from({ length: count }, () => {
      const nonce = randomBytes(NONCE_BYTES)
      const { blind, blinded } = voprf.blind(this.#input(nonce))
      return { nonce: toBase64url(nonce), blind: toBase64url(blind), blinded: toBase64url(blinded) }
    })
  }

  /**
   * Makes tokens of an answer. `undefined` when it was not made by `key` for exactly these inputs: the deployment is broken,
   * or tried to mark this account's tokens.
   *
   * @param key as the deployment publishes it to everybody; never one that came with the answer
   */
  finish(
    pending: readonly PendingToken[],
    key: TokenPublicKey,
    { keyId, evaluated, proof }: TokenAnswer,
  ): BlindToken[] | undefined {
    if (keyId !== key.id || evaluated.length !== pending.length) return undefined
    const elements = evaluated.map(fromBase64url)
    const publicKey = fromBase64url(key.publicKey)
    if (isIdentity(publicKey) || elements.some(isIdentity)) return undefined
    const items = pending.map(({ nonce, blind, blinded }, at) => ({
      input: this.#input(fromBase64url(nonce)),
      blind: fromBase64url(blind),
      blinded: fromBase64url(blinded),
      evaluated: elements[at] ?? new Uint8Array(),
    }))
    try {
      const secrets = voprf.finalizeBatch(items, publicKey, fromBase64url(proof))
      return pending.map(({ nonce }, at) => ({ keyId, nonce, secret: toBase64url(secrets[at] ?? new Uint8Array()) }))
    } catch {
      return undefined
    }
  }

  /** What spends a token on this use. Repeating the use repeats it; the token is good for nothing else. */
  credential({ keyId, nonce, secret }: BlindToken, use: TUse): TokenCredential {
    return { keyId, nonce, proof: toBase64url(this.#proof(fromBase64url(secret), use)) }
  }

  /**
   * Whether a token is genuine, in force, and meant for this use; then what to remember it by. Whether it was spent before is
   * for {@link SpentToken}'s keepers to say. Takes some milliseconds.
   *
   * @param keyOf the deployment's key with an id; asked only for those in force
   */
  redeem(
    keyOf: (id: TokenKeyId) => TokenKey,
    { keyId, nonce, proof }: TokenCredential,
    use: TUse,
    now: number,
  ): SpentToken | undefined {
    if (!isTokenKeyInForce(keyId, now)) return undefined
    const octets = fromBase64url(nonce)
    const expected = this.#proof(voprf.evaluate(keyOf(keyId).secretKey, this.#input(octets)), use)
    if (!equalBytes(expected, fromBase64url(proof))) return undefined
    return { keyId, hash: this.#mark(octets), use: this.#mark(expected) }
  }

  #input(nonce: Uint8Array): Uint8Array {
    return concatBytes(utf8(`${this.#labels.input}\0`), nonce)
  }

  #proof(secret: Uint8Array, use: TUse): Uint8Array {
    return hmac(sha256, secret, concatBytes(utf8(`${this.#labels.use}\0`), this.#octetsOf(use)))
  }

  #mark(part: Uint8Array): string {
    return toBase64url(sha256(concatBytes(utf8(`${this.#labels.spent}\0`), part)).subarray(0, 16))
  }
}
