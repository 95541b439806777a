/** Sealed sender of the fake relay: the real certificates, keys and tokens, and none of the real limits. */

import { randomBytes, toBase64url } from '#protocol/bytes.ts'
import type { ErrorCode } from '#protocol/errors.ts'
import type { OutgoingMessage } from '#protocol/frames/send.ts'
import type { Delivery } from '#protocol/http/deliveries.ts'
import { LIMITS } from '#protocol/limits.ts'
import type { DeviceAddress } from '#protocol/primitives.ts'
import { type CertifiedSender, issueCertificate, readCertificate } from '#protocol/sealed/certificate.ts'
import {
  type DeliveryKeyState,
  type DeliveryKeyUpdate,
  opensDelivery,
  rotateDeliveryKey,
} from '#protocol/sealed/delivery.ts'
import { deriveTokenKey, issueTokens, redeemToken } from '#protocol/sealed/tokens.ts'
import { type TokenAnswer, type TokenRequest, issuingKeyId } from '#protocol/token-wire.ts'
import { ed25519 } from '@noble/curves/ed25519.js'

export class FakeSealed {
  /** Tokens that an account may still take; absent: as many as it likes. */
  readonly tokensLeft = new Map<string, number>()
  /** Every request to deliver: its headers, and its body as it came. */
  readonly requests: { readonly headers: Record<string, string>; readonly deliveries: readonly Delivery[] }[] = []
  certificates = 0
  /** Whom certificates name falsely. */
  identityFor: ((sender: CertifiedSender) => string) | undefined
  /** Tokens are issued under a key of which nobody is told. */
  isMarking = false
  readonly #now: () => number
  readonly #keys = new Map<string, DeliveryKeyState>()
  /** What each token was spent on. */
  readonly #spent = new Map<string, string>()
  #seed = randomBytes(32)
  readonly #tokenSeed = randomBytes(32)

  constructor(now: () => number = () => Date.now()) {
    this.#now = now
  }

  /** The deployment signs with another key, and says nothing of the former one. */
  changeCertificateKey(): void {
    this.#seed = randomBytes(32)
  }

  published() {
    const now = this.#now()
    const id = issuingKeyId(now)
    const day = LIMITS.certificateTtl
    return {
      certificateKeys: [
        { publicKey: toBase64url(ed25519.getPublicKey(this.#seed)), from: now - 40 * day, until: now + 40 * day },
      ],
      tokenKeys: [id - 1, id, id + 1].map((one) => ({
        id: one,
        publicKey: toBase64url(deriveTokenKey(this.#tokenSeed, one).publicKey),
      })),
    }
  }

  certify(sender: CertifiedSender) {
    this.certificates += 1
    const identityKey = this.identityFor?.(sender) ?? sender.identityKey
    const certificate = issueCertificate(this.#seed, { ...sender, identityKey }, this.#now())
    return { certificate: toBase64url(certificate), expiresAt: readCertificate(certificate)?.expiresAt ?? 0 }
  }

  issue({ account }: DeviceAddress, request: TokenRequest): TokenAnswer | ErrorCode {
    const left = this.tokensLeft.get(account) ?? Infinity
    if (left < request.blinded.length) return 'rateLimited'
    this.tokensLeft.set(account, left - request.blinded.length)
    const seed = this.isMarking ? randomBytes(32) : this.#tokenSeed
    return issueTokens(deriveTokenKey(seed, issuingKeyId(this.#now())), request) ?? 'malformed'
  }

  keyVersion(account: string): number {
    return this.#keys.get(account)?.version ?? 0
  }

  updateKey({ account }: DeviceAddress, update: DeliveryKeyUpdate): boolean {
    const next = rotateDeliveryKey(this.#keys.get(account), update, this.#now())
    if (next !== undefined) this.#keys.set(account, next)
    return next !== undefined
  }

  /** What the relay of an account loses with its storage. */
  loseStorage(account: string): void {
    this.#keys.delete(account)
    this.#spent.clear()
  }

  /** Why a delivery does not come in; `undefined` when it does. */
  refusal({ to, messageId, credential }: Delivery): ErrorCode | undefined {
    if ('deliveryKey' in credential) {
      return opensDelivery(this.#keys.get(to), credential.deliveryKey, this.#now()) ? undefined : 'deliveryRefused'
    }
    const use = { recipient: to, messageId }
    const keyOf = (id: number) => deriveTokenKey(this.#tokenSeed, id)
    const token = redeemToken(keyOf, credential.token, use, this.#now())
    if (token === undefined) return 'deliveryTokenInvalid'
    const before = this.#spent.get(token.hash)
    this.#spent.set(token.hash, before ?? token.use)
    return before === undefined || before === token.use ? undefined : 'deliveryTokenInvalid'
  }
}

/** As a message of nobody. */
export function withoutCredential({ credential: _credential, ...message }: Delivery): OutgoingMessage {
  return message
}
