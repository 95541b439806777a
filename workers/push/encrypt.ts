/** Message encryption for Web Push (RFC 8291) in one record of `aes128gcm` (RFC 8188). */

import { concatBytes, fromBase64url, utf8 } from '#protocol/bytes.ts'

const KEY_USES = ['deriveBits'] as const
const P256 = { name: 'ECDH', namedCurve: 'P-256' } as const
const SALT_BYTES = 16
const TAG_BYTES = 16
/** The last record's delimiter (RFC 8188 section 2). */
const LAST = 2

export interface PushKeys {
  /** base64url: an uncompressed point, and 16 octets. */
  readonly p256dh: string
  readonly auth: string
}

/** What is drawn for each message; given by tests alone. */
export interface PushEphemeral {
  readonly salt: Uint8Array<ArrayBuffer>
  readonly keys: CryptoKeyPair
}

async function draw(): Promise<PushEphemeral> {
  const keys = (await crypto.subtle.generateKey(P256, true, [...KEY_USES])) as CryptoKeyPair
  return { salt: crypto.getRandomValues(new Uint8Array(SALT_BYTES)), keys }
}

async function hkdf(
  secret: Uint8Array<ArrayBuffer>,
  salt: Uint8Array<ArrayBuffer>,
  info: Uint8Array<ArrayBuffer>,
  bytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const key = await crypto.subtle.importKey('raw', secret, 'HKDF', false, [...KEY_USES])
  return new Uint8Array(await crypto.subtle.deriveBits({ name: 'HKDF', hash: 'SHA-256', salt, info }, key, bytes * 8))
}

/**
 * The body of a push: `plaintext`, padded with zeros to `paddedBytes`, whatever it is. Rejects for a key that is no point
 * of the curve.
 */
export async function encryptPush(
  { p256dh, auth }: PushKeys,
  plaintext: Uint8Array<ArrayBuffer>,
  paddedBytes: number,
  ephemeral?: PushEphemeral,
): Promise<Uint8Array<ArrayBuffer>> {
  const { salt, keys } = ephemeral ?? (await draw())
  const theirs = fromBase64url(p256dh)
  const ours = new Uint8Array((await crypto.subtle.exportKey('raw', keys.publicKey)) as ArrayBuffer)
  const theirKey = await crypto.subtle.importKey('raw', theirs, P256, false, [])
  // workerd's types name the field apart from the standard.
  const derivation = { name: 'ECDH', public: theirKey } as unknown as Parameters<SubtleCrypto['deriveBits']>[0]
  const shared = new Uint8Array(await crypto.subtle.deriveBits(derivation, keys.privateKey, 256))
  const secret = await hkdf(shared, fromBase64url(auth), concatBytes(utf8('WebPush: info\0'), theirs, ours), 32)
  const contentKey = await hkdf(secret, salt, utf8('Content-Encoding: aes128gcm\0'), 16)
  const nonce = await hkdf(secret, salt, utf8('Content-Encoding: nonce\0'), 12)
  const record = new Uint8Array(paddedBytes + 1)
  record.set(plaintext)
  record[plaintext.length] = LAST
  const key = await crypto.subtle.importKey('raw', contentKey, 'AES-GCM', false, ['encrypt'])
  const sealed = new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-GCM', iv: nonce }, key, record))
  const header = new Uint8Array(SALT_BYTES + 5)
  header.set(salt)
  new DataView(header.buffer).setUint32(SALT_BYTES, record.length + TAG_BYTES)
  header[SALT_BYTES + 4] = ours.length
  return concatBytes(header, ours, sealed)
}
