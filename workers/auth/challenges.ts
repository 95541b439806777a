/**
 * Login challenges without storage: an expiry, a nonce and a MAC over both and the address they were given to. Only when
 * one comes back is its nonce claimed, so that it works once, and asking for challenges costs the relay no write.
 */

import { concatBytes, fromBase64url, randomBytes, toBase64url, utf8 } from '#protocol/bytes.ts'
import { RELAY_LIMITS } from '#protocol/relay-limits.ts'
import { macKey } from './keys.ts'

const NONCE_BYTES = 16
const EXPIRY_BYTES = 8
const HEAD_BYTES = EXPIRY_BYTES + NONCE_BYTES

function macInput(account: string, device: number, head: Uint8Array): Uint8Array<ArrayBuffer> {
  return concatBytes(utf8(`${account}\0${device}\0`), head)
}

/** A challenge for a device, whether or not there is one. */
export async function makeChallenge(
  tokenSecret: string,
  account: string,
  device: number,
  now: number,
): Promise<{ challenge: string; expiresAt: number }> {
  const expiresAt = now + RELAY_LIMITS.challengeTtl
  const expiry = new Uint8Array(EXPIRY_BYTES)
  new DataView(expiry.buffer).setBigUint64(0, BigInt(expiresAt))
  const head = concatBytes(expiry, randomBytes(NONCE_BYTES))
  const key = await macKey(tokenSecret, 'login challenge')
  const mac = new Uint8Array(await crypto.subtle.sign('HMAC', key, macInput(account, device, head)))
  return { challenge: toBase64url(concatBytes(head, mac)), expiresAt }
}

/** The challenge's nonce, to be claimed once, and its expiry; `undefined` when it was not given to this device or ran out. */
export async function openChallenge(
  tokenSecret: string,
  account: string,
  device: number,
  challenge: string,
  now: number,
): Promise<{ nonce: string; expiresAt: number } | undefined> {
  const bytes = fromBase64url(challenge)
  if (bytes.length !== HEAD_BYTES + 32) return undefined
  const head = bytes.slice(0, HEAD_BYTES)
  const key = await macKey(tokenSecret, 'login challenge')
  const genuine = await crypto.subtle.verify('HMAC', key, bytes.slice(HEAD_BYTES), macInput(account, device, head))
  const expiresAt = Number(new DataView(head.buffer).getBigUint64(0))
  if (!genuine || expiresAt <= now) return undefined
  return { nonce: toBase64url(head.slice(EXPIRY_BYTES)), expiresAt }
}
