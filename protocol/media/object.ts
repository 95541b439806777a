/**
 * Names and secrets of an object. The *capability* stands in the message and fetches; the *name*, its hash, is what the
 * storage and the database know it by; the *release* uploads and ends it.
 *
 *     name     = SHA-256('SilentRelay media name v1' 0x00 ‖ capability)
 *     verifier = SHA-256('SilentRelay media release v1' 0x00 ‖ release)
 */

import { sha256 } from '@noble/hashes/sha2.js'
import * as v from 'valibot'
import { concatBytes, fromBase64url, toBase64url, utf8 } from '../bytes.ts'
import { bytesOf, integer } from '../primitives.ts'
import { MAX_SEALED_BYTES, isSealedSize, sealedSize } from './sizes.ts'

const SECRET_BYTES = 32

/** 32 random octets. */
export const MediaCapability = bytesOf(SECRET_BYTES)
export type MediaCapability = v.InferOutput<typeof MediaCapability>

/** 32 octets of SHA-256. */
export const MediaName = bytesOf(SECRET_BYTES)
export type MediaName = v.InferOutput<typeof MediaName>

/** 32 octets that the uploader alone knows, and to whom it tells them. */
export const MediaRelease = bytesOf(SECRET_BYTES)
export type MediaRelease = v.InferOutput<typeof MediaRelease>

/** Octets of an object: only of sizes that padding makes, so that no client tells more. */
export const SealedBytes = v.pipe(
  integer(sealedSize(0), MAX_SEALED_BYTES),
  v.check((bytes) => isSealedSize(bytes), 'not a padded size'),
)

function hashOf(label: string, secret: string): string {
  return toBase64url(sha256(concatBytes(utf8(`${label}\0`), fromBase64url(secret))))
}

/** The name of a capability's object. */
export function mediaName(capability: MediaCapability): MediaName {
  return hashOf('SilentRelay media name v1', capability)
}

/** What the database keeps of a release. */
export function releaseVerifier(release: MediaRelease): string {
  return hashOf('SilentRelay media release v1', release)
}
