/** The deployment's keys of sealed sender: all of them follow from one secret, period by period. */

import { ed25519 } from '@noble/curves/ed25519.js'
import { hkdf } from '@noble/hashes/hkdf.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { fromBase64url, toBase64url, utf8 } from '#protocol/bytes.ts'
import { LIMITS } from '#protocol/limits.ts'
import { RELAY_LIMITS } from '#protocol/relay-limits.ts'
import { type CertifiedSender, type CertificateKey, issueCertificate } from '#protocol/sealed/certificate.ts'
import { type TokenKey, deriveTokenKey } from '#protocol/sealed/tokens.ts'
import { type TokenKeyId, type TokenPublicKey, isTokenKeyInForce, issuingKeyId } from '#protocol/token-wire.ts'

/** What everybody is told: `sealedSenderKeys`. */
export interface PublishedKeys {
  readonly certificateKeys: CertificateKey[]
  readonly tokenKeys: TokenPublicKey[]
}

export class SealedSenderKeys {
  readonly #secret: Uint8Array
  readonly #tokenSeed: Uint8Array
  /** By period, kept because each takes milliseconds. */
  readonly #tokenKeys = new Map<TokenKeyId, TokenKey>()
  readonly #certificateKeys = new Map<number, { readonly seed: Uint8Array; readonly published: CertificateKey }>()

  /** @param secret 32 octets */
  constructor(secret: Uint8Array) {
    this.#secret = secret
    this.#tokenSeed = this.#derive('delivery tokens')
  }

  /** A certificate for a device that was authenticated. */
  certify(sender: CertifiedSender, now: number): Uint8Array<ArrayBuffer> {
    // Of the hour that it is dated to, so that key and date belong to one period.
    const issuedAt = now - (now % LIMITS.certificateStep)
    return issueCertificate(this.#certificateKey(periodAt(issuedAt)).seed, sender, now)
  }

  tokenKey(id: TokenKeyId): TokenKey {
    const known = this.#tokenKeys.get(id)
    if (known !== undefined) return known
    const key = deriveTokenKey(this.#tokenSeed, id)
    this.#tokenKeys.set(id, key)
    return key
  }

  /** The key that issues tokens. */
  issuingTokenKey(now: number): TokenKey {
    return this.tokenKey(issuingKeyId(now))
  }

  /** The keys in force, the next ones, and that of the certificates in the oldest inbox. */
  published(now: number): PublishedKeys {
    const period = periodAt(now)
    const id = issuingKeyId(now)
    for (const old of this.#tokenKeys.keys()) if (old < id && !isTokenKeyInForce(old, now)) this.#tokenKeys.delete(old)
    for (const old of this.#certificateKeys.keys()) if (old < period - 1) this.#certificateKeys.delete(old)
    return {
      certificateKeys: [period - 1, period, period + 1].map((one) => this.#certificateKey(one).published),
      tokenKeys: [id - 1, id, id + 1].map((one) => ({
        id: one,
        publicKey: toBase64url(this.tokenKey(one).publicKey),
      })),
    }
  }

  #certificateKey(period: number) {
    const known = this.#certificateKeys.get(period)
    if (known !== undefined) return known
    const seed = this.#derive(`certificate key ${period}`)
    const published = {
      publicKey: toBase64url(ed25519.getPublicKey(seed)),
      from: period * RELAY_LIMITS.certificateKeyLife,
      until: (period + 1) * RELAY_LIMITS.certificateKeyLife,
    }
    this.#certificateKeys.set(period, { seed, published })
    return { seed, published }
  }

  #derive(label: string): Uint8Array {
    return hkdf(sha256, this.#secret, undefined, utf8(`SilentRelay sealed sender ${label} v1`), 32)
  }
}

function periodAt(now: number): number {
  return Math.floor(now / RELAY_LIMITS.certificateKeyLife)
}

let made: { readonly secret: string; readonly keys: SealedSenderKeys } | undefined

/** The keys of a deployment, kept for the isolate's life; `undefined` where it does not have the secret. */
export function sealedSenderKeys(secret: string | undefined): SealedSenderKeys | undefined {
  if (secret === undefined || secret === '') return undefined
  if (made?.secret !== secret) made = { secret, keys: new SealedSenderKeys(fromBase64url(secret)) }
  return made.keys
}
