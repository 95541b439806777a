import { hkdf } from '@noble/hashes/hkdf.js'
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { fromBase64url, toBase64url, utf8 } from '#protocol/bytes.ts'
import type { MediaCapability, MediaRelease } from '#protocol/media/object.ts'
import type { Account } from '../records.ts'

/** The release of an object of this account: each of its devices derives it, so that any of them can end the object. */
export function releaseOf({ identity }: Account, object: MediaCapability): MediaRelease {
  const key = hkdf(sha256, fromBase64url(identity.privateKey), undefined, utf8('SilentRelay media release key v1'), 32)
  return toBase64url(hmac(sha256, key, fromBase64url(object)))
}
