/**
 * Sender certificates: the deployment's word, for at most a day, that a device belongs to an account with an identity key.
 * One travels inside each sealed envelope, where the recipient alone reads it. Octets, in this order:
 *
 *     version 0x01 ‖ key id (4) ‖ account (16) ‖ device (2) ‖ identity key (33) ‖ issued at (6) ‖ expires at (6) ‖ signature (64)
 *
 * Numbers are big-endian, times in milliseconds. The length is constant, so that it tells nothing.
 */

import { ed25519 } from '@noble/curves/ed25519.js'
import { sha256 } from '@noble/hashes/sha2.js'
import * as v from 'valibot'
import { concatBytes, equalBytes, fromBase64url, toBase64url, utf8 } from '../bytes.ts'
import { LIMITS } from '../limits.ts'
import { type AccountId, type DeviceId, Timestamp, bytesOf } from '../primitives.ts'

const VERSION = 0x01
/** Where each field ends. */
const END = { keyId: 5, account: 21, device: 23, identityKey: 56, issuedAt: 62, expiresAt: 68 } as const

/** Octets of a certificate. */
export const CERTIFICATE_BYTES = END.expiresAt + 64

/** First octet of an identity key: the type "Curve25519". */
const CURVE25519 = 0x05

/** A key by which the deployment signs certificates. Several overlap while one takes over from another. */
export const CertificateKey = v.object({
  /** Ed25519. */
  publicKey: bytesOf(32),
  /** Certificates that were issued from then… */
  from: Timestamp,
  /** …until, but not at, then count: a key that leaks after it was retired certifies nothing. */
  until: Timestamp,
})
export type CertificateKey = v.InferOutput<typeof CertificateKey>

/** Whom a certificate names. */
export interface CertifiedSender {
  readonly account: AccountId
  readonly device: DeviceId
  /** base64url of 33 octets. */
  readonly identityKey: string
}

/** A certificate that was read; by itself this says nothing about who signed it. */
export interface SenderCertificate extends CertifiedSender {
  readonly keyId: number
  readonly issuedAt: number
  readonly expiresAt: number
}

/** Why a certificate does not count. */
export type CertificateFault =
  | 'malformed'
  | 'unknownKey'
  | 'keyNotInForce'
  | 'validTooLong'
  | 'notYetValid'
  | 'expired'
  | 'signatureInvalid'
  | 'identityMismatch'

export type CertificateVerdict =
  | { readonly ok: true; readonly certificate: SenderCertificate }
  | { readonly ok: false; readonly fault: CertificateFault }

/** The number that certificates call a key by: 32 bits of its hash, so that nobody has to assign numbers. */
export function certificateKeyId(publicKey: Uint8Array): number {
  return new DataView(sha256(publicKey).buffer).getUint32(0)
}

/** What a certificate's signature is over: the context, a zero octet, everything before the signature. */
export function certificateSigningInput(unsigned: Uint8Array): Uint8Array<ArrayBuffer> {
  return concatBytes(utf8('SilentRelay sender certificate v1\0'), unsigned)
}

function uint48(value: number): Uint8Array {
  const octets = new Uint8Array(6)
  const view = new DataView(octets.buffer)
  view.setUint16(0, Math.floor(value / 2 ** 32))
  view.setUint32(2, value % 2 ** 32)
  return octets
}

function readUint48(view: DataView, at: number): number {
  return view.getUint16(at) * 2 ** 32 + view.getUint32(at + 2)
}

/**
 * A certificate for `sender`, signed by the Ed25519 key with this 32-octet seed. It is dated to the hour before `now`, so
 * that all requests of an hour get the same octets. The caller has authenticated the device.
 */
export function issueCertificate(seed: Uint8Array, sender: CertifiedSender, now: number): Uint8Array<ArrayBuffer> {
  const issuedAt = now - (now % LIMITS.certificateStep)
  const head = new Uint8Array(END.keyId)
  head[0] = VERSION
  new DataView(head.buffer).setUint32(1, certificateKeyId(ed25519.getPublicKey(seed)))
  const unsigned = concatBytes(
    head,
    fromBase64url(sender.account),
    Uint8Array.of(sender.device >> 8, sender.device & 0xff),
    fromBase64url(sender.identityKey),
    uint48(issuedAt),
    uint48(issuedAt + LIMITS.certificateTtl),
  )
  return concatBytes(unsigned, ed25519.sign(certificateSigningInput(unsigned), seed))
}

/** Reads a certificate's octets. `undefined` for any other form; says nothing about the signature or the time. */
export function readCertificate(octets: Uint8Array): SenderCertificate | undefined {
  if (octets.length !== CERTIFICATE_BYTES || octets[0] !== VERSION) return undefined
  const view = new DataView(octets.buffer, octets.byteOffset, octets.length)
  const certificate = {
    keyId: view.getUint32(1),
    account: toBase64url(octets.subarray(END.keyId, END.account)),
    device: view.getUint16(END.account),
    identityKey: toBase64url(octets.subarray(END.device, END.identityKey)),
    issuedAt: readUint48(view, END.identityKey),
    expiresAt: readUint48(view, END.issuedAt),
  }
  if (certificate.device === 0 || octets[END.device] !== CURVE25519) return undefined
  return certificate.issuedAt < certificate.expiresAt ? certificate : undefined
}

/**
 * Whether a certificate counts for an envelope, and if not, why not.
 *
 * @param keys the deployment's, as far as the client knows them
 * @param at when the recipient's relay accepted the envelope, by its clock: an envelope may wait a month for its reader.
 *   Relays and signers of one deployment may differ by `LIMITS.clockSkew`.
 * @param identityKey the session's, or that of the account's device list (base64url); `undefined` before either is known
 * @param isSigned whether a key signed the octets, which takes some milliseconds and is the last thing asked: a client
 *   that reads many envelopes remembers the answer
 */
export function verifyCertificate(
  octets: Uint8Array,
  keys: readonly CertificateKey[],
  at: number,
  identityKey?: string,
  isSigned = isSignedBy,
): CertificateVerdict {
  const certificate = readCertificate(octets)
  if (certificate === undefined) return { ok: false, fault: 'malformed' }
  const { keyId, issuedAt, expiresAt } = certificate
  const known = keys.filter(({ publicKey }) => certificateKeyId(fromBase64url(publicKey)) === keyId)
  if (known.length === 0) return { ok: false, fault: 'unknownKey' }
  const inForce = known.filter(({ from, until }) => from <= issuedAt && issuedAt < until)
  if (inForce.length === 0) return { ok: false, fault: 'keyNotInForce' }
  if (expiresAt - issuedAt > LIMITS.certificateTtl) return { ok: false, fault: 'validTooLong' }
  if (at < issuedAt - LIMITS.clockSkew) return { ok: false, fault: 'notYetValid' }
  if (at >= expiresAt + LIMITS.clockSkew) return { ok: false, fault: 'expired' }
  const isSession =
    identityKey === undefined || equalBytes(fromBase64url(identityKey), fromBase64url(certificate.identityKey))
  if (!isSession) return { ok: false, fault: 'identityMismatch' }
  const isGenuine = inForce.some(({ publicKey }) => isSigned(fromBase64url(publicKey), octets))
  return isGenuine ? { ok: true, certificate } : { ok: false, fault: 'signatureInvalid' }
}

/** Whether the key (32 octets) signed a certificate of the right length. */
export function isSignedBy(publicKey: Uint8Array, octets: Uint8Array): boolean {
  const input = certificateSigningInput(octets.subarray(0, END.expiresAt))
  return verifyStrictly(publicKey, input, octets.subarray(END.expiresAt))
}

/**
 * Ed25519 by the strict rules of RFC 8032 and FIPS 186-5: canonical points and scalars only, no key of small order. The
 * library's own default takes more (ZIP 215). Attacker-controlled input is simply not valid.
 */
export function verifyStrictly(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  try {
    return ed25519.verify(signature, message, publicKey, { zip215: false })
  } catch {
    // Lengths other than 32 and 64 throw.
    return false
  }
}
