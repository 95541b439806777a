/**
 * The index of an account in the map: a verifiable oblivious pseudorandom function (RFC 9497, VOPRF, ristretto255-SHA512) of
 * its id, cut to 32 octets. Only who has the server's secret can compute one, so whoever reads the log cannot tell which index
 * is whose; the server proves that it used the key that is written into every map-root leaf; and it does not learn whose
 * index it computed.
 */

import { ristretto255 } from '@noble/curves/ed25519.js'
import { concatBytes, fromBase64url, randomBytes, utf8 } from '../bytes.ts'
import type { AccountId } from '../primitives.ts'
import { ELEMENT_LENGTH, KEY_LOG_LIMITS } from './limits.ts'
import { INDEX_LENGTH } from './map/hash.ts'
import { voprf } from '../voprf.ts'

const { Point } = ristretto255

/** The server's key pair. */
export interface IndexKey {
  readonly secretKey: Uint8Array
  readonly publicKey: Uint8Array
}

/** What a client keeps between asking and finalising. */
export interface BlindedInput {
  readonly input: Uint8Array
  /** Secret. */
  readonly blind: Uint8Array
  /** What is sent. */
  readonly blinded: Uint8Array
}

/** The server's answer to some blinded elements: as many evaluated ones, in the same order, under one proof. */
export interface Evaluation {
  readonly evaluated: readonly Uint8Array[]
  /** 64 octets. */
  readonly proof: Uint8Array
}

/** Where random octets come from; tests give the RFC's. */
export type Random = (length?: number) => Uint8Array

const random: Random = (length = 32) => randomBytes(length)

/** The function's input for an account: a label of its own, so that another use of the key could not give out indexes. */
export function indexInput(account: AccountId): Uint8Array {
  return concatBytes(utf8('SilentRelay key log index v1\0'), fromBase64url(account))
}

/** An index, of the function's output of 64 octets. */
export function indexFromOutput(output: Uint8Array): Uint8Array {
  return output.slice(0, INDEX_LENGTH)
}

/** Derives the server's key pair of a secret seed of 32 octets (RFC 9497 section 3.2.1). */
export function deriveIndexKey(seed: Uint8Array, info: Uint8Array): IndexKey {
  return voprf.deriveKeyPair(seed, info)
}

/**
 * Whether these octets are an element that may take part: canonical, and not the identity, which RFC 9497 section 2.1 has
 * every reader refuse and the library does not.
 */
function isElement(bytes: Uint8Array): boolean {
  try {
    return bytes.length === ELEMENT_LENGTH && !Point.fromBytes(bytes).equals(Point.ZERO)
  } catch {
    return false
  }
}

const isBatch = ({ length }: readonly unknown[]) => length >= 1 && length <= KEY_LOG_LIMITS.indexesPerRequest

/** Client: blinds an input. */
export function blind(input: Uint8Array, rng: Random = random): BlindedInput {
  return { input, ...voprf.blind(input, rng) }
}

/** Server: evaluates what clients blinded, with one proof for all. `undefined` when any is no element, or there are none or too many. */
export function evaluate(
  { secretKey, publicKey }: IndexKey,
  blinded: readonly Uint8Array[],
  rng: Random = random,
): Evaluation | undefined {
  if (!isBatch(blinded) || !blinded.every(isElement)) return undefined
  return voprf.blindEvaluateBatch(secretKey, publicKey, [...blinded], rng)
}

/**
 * Client: the outputs, 64 octets each, in the order of `inputs`. `undefined` when the proof does not show that all were evaluated
 * under `publicKey`, or anything is not in form.
 */
export function finalise(
  inputs: readonly BlindedInput[],
  publicKey: Uint8Array,
  { evaluated, proof }: Evaluation,
): Uint8Array[] | undefined {
  if (!isBatch(inputs) || evaluated.length !== inputs.length) return undefined
  if (![publicKey, ...evaluated].every(isElement)) return undefined
  const items = inputs.map((input, at) => ({ ...input, evaluated: evaluated[at] ?? new Uint8Array(0) }))
  try {
    return voprf.finalizeBatch(items, publicKey, proof)
  } catch {
    // The proof does not verify, or is none.
    return undefined
  }
}

/** Server: the output for an input that it knows, as when it logs an account's change. */
export function evaluateOpenly({ secretKey }: IndexKey, input: Uint8Array): Uint8Array {
  return voprf.evaluate(secretKey, input)
}

/** Server: the index of an account. */
export function indexOf(key: IndexKey, account: AccountId): Uint8Array {
  return indexFromOutput(evaluateOpenly(key, indexInput(account)))
}
