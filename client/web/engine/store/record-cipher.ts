/** Seals the values of one store: AES-256-GCM for each, bound to the place where it stands. */

import { hkdf } from '@noble/hashes/hkdf.js'
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { concatBytes, fromUtf8, randomBytes, utf8 } from '#protocol/bytes.ts'
import { checkPartition } from '#sdk/store/check.ts'
import type { Collection } from '#sdk/store/store.ts'
import { decodeOctets, encodeOctets } from './base64.ts'

/** Of the sealed form. Part of what is authenticated: a record of another version does not open as this one. */
const VERSION = 1
/**
 * 96 bits, drawn anew for each write: with one key, 2^32 writes keep the chance of a repetition below 2^-32
 * (NIST SP 800-38D, section 8.3). At ten writes a second that is thirteen years.
 */
const NONCE_BYTES = 12
/** 128 bits of HMAC-SHA256: no two partitions meet. */
const INDEX_BYTES = 16
/** Names kept, so that a page of one conversation costs one HMAC. */
const REMEMBERED = 2_048

/** A record does not open: written under another key, altered, or moved from another place. */
export class RecordSealError extends Error {
  override readonly name = 'RecordSealError'
  readonly code = 'recordSeal'
  constructor(collection: Collection) {
    super(`A record of the collection "${collection}" does not open under this key.`)
  }
}

/** Where a record stands, as the outer store sees it. */
export interface SealedPlace {
  readonly collection: Collection
  /** As {@link RecordCipher.hide} made it. */
  readonly hidden: string
  readonly order: number
}

export class RecordCipher {
  readonly #storeName: string
  readonly #recordKey: CryptoKey
  readonly #indexKey: Uint8Array
  readonly #hidden = new Map<string, string>()

  private constructor(storeName: string, recordKey: CryptoKey, indexKey: Uint8Array) {
    this.#storeName = storeName
    this.#recordKey = recordKey
    this.#indexKey = indexKey
  }

  /** @param dataKey 32 octets; each store name gets keys of its own from it */
  static async create(storeName: string, dataKey: Uint8Array): Promise<RecordCipher> {
    const derived = hkdf(sha256, dataKey, undefined, utf8(`silentrelay store keys v${VERSION}\0${storeName}`), 64)
    const recordKey = await crypto.subtle.importKey('raw', derived.slice(0, 32), 'AES-GCM', false, [
      'encrypt',
      'decrypt',
    ])
    return new RecordCipher(storeName, recordKey, derived.slice(32))
  }

  /** The name under which the outer store keeps a partition. */
  hide(collection: Collection, partition: string): string {
    const name = `${collection}\0${partition}`
    const known = this.#hidden.get(name)
    if (known !== undefined) return known
    // HMAC by noble: WebCrypto takes a thread change for each, several times what so short an input costs here.
    const hidden = encodeOctets(hmac(sha256, this.#indexKey, utf8(name)).subarray(0, INDEX_BYTES))
    if (this.#hidden.size >= REMEMBERED) this.#hidden.clear()
    this.#hidden.set(name, hidden)
    return hidden
  }

  /** @param text JSON text. Its partition goes with it into the ciphertext: an outer store only knows the hidden name. */
  async seal(place: SealedPlace, partition: string, text: string): Promise<string> {
    const nonce = randomBytes(NONCE_BYTES)
    const plaintext = utf8(`[${JSON.stringify(partition)},${text}]`)
    const sealed = await crypto.subtle.encrypt(this.#parameters(nonce, place), this.#recordKey, plaintext)
    return encodeOctets(concatBytes(nonce, new Uint8Array(sealed)))
  }

  /** @throws RecordSealError */
  async open(place: SealedPlace, sealed: unknown): Promise<{ readonly partition: string; readonly text: string }> {
    try {
      if (typeof sealed !== 'string') throw new TypeError('not a sealed record')
      const octets = decodeOctets(sealed)
      const parameters = this.#parameters(octets.slice(0, NONCE_BYTES), place)
      const opened = await crypto.subtle.decrypt(parameters, this.#recordKey, octets.subarray(NONCE_BYTES))
      return splitText(fromUtf8(new Uint8Array(opened)))
    } catch {
      throw new RecordSealError(place.collection)
    }
  }

  /** A string of JSON has no unescaped NUL, and neither has a name here: the parts cannot run into each other. */
  #parameters(iv: Uint8Array<ArrayBuffer>, { collection, hidden, order }: SealedPlace): AesGcmParams {
    const additionalData = utf8([this.#storeName, collection, hidden, order, VERSION].join('\0'))
    return { name: 'AES-GCM', iv, additionalData }
  }
}

/** Takes `["partition",value]` apart, and leaves the value as text. */
function splitText(text: string): { partition: string; text: string } {
  const name = /^\[("(?:[^"\\]|\\.)*"),/.exec(text)?.[1]
  if (name === undefined) throw new TypeError('not a sealed record')
  return { partition: checkPartition(JSON.parse(name) as string), text: text.slice(name.length + 2, -1) }
}
