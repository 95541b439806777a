/** The key log's keys: all of them follow from one secret of the deployment, which is never changed while the log lives. */

import { ed25519 } from '@noble/curves/ed25519.js'
import { hkdf } from '@noble/hashes/hkdf.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import { fromBase64url, utf8 } from '#protocol/bytes.ts'
import { type IndexKey, deriveIndexKey } from '#protocol/merkle/index-oprf.ts'
import { formatVerifierKey } from '#protocol/merkle/notes/keys.ts'
import { type NoteSigner, noteSigner } from '#protocol/merkle/notes/sign.ts'

const SECRET_LENGTH = 32

/** What a deployment sets. */
export interface KeyLogSettings {
  /** 32 random octets in base64url; without it the deployment keeps no log. */
  readonly KEY_LOG_SECRET?: string | undefined
  /** The log's name in its checkpoints, without a scheme: `relay.example/key-log`. One made of the key when it is unset or empty. */
  readonly KEY_LOG_ORIGIN?: string | undefined
  /** Witnesses that are asked to cosign: see `readWitnesses`. */
  readonly KEY_LOG_WITNESSES?: string | undefined
}

export interface KeyLogKeys {
  readonly origin: string
  /** The log's signature on checkpoints. */
  readonly signer: NoteSigner
  /** The log's verifier key, which names it among all logs: origin and public key stand in it. */
  readonly verifierKey: string
  readonly indexKey: IndexKey
  /** Of which the openings of commitments are made. */
  readonly openingSecret: Uint8Array
}

let known: { readonly secret: string; readonly origin: string; readonly keys: KeyLogKeys } | undefined

/**
 * The keys of the deployment's log; `undefined` when it has none. Derived once for each isolate, in about a millisecond.
 * Throws a `RangeError` when the secret or the origin is none.
 */
export function keyLogKeys({
  KEY_LOG_SECRET: secret,
  KEY_LOG_ORIGIN: origin = '',
}: KeyLogSettings): KeyLogKeys | undefined {
  if (secret === undefined || secret === '') return undefined
  if (known?.secret !== secret || known.origin !== origin) known = { secret, origin, keys: derive(secret, origin) }
  return known.keys
}

function derive(secret: string, givenOrigin: string): KeyLogKeys {
  const bytes = fromBase64url(secret)
  if (bytes.length !== SECRET_LENGTH) throw new RangeError('not a secret of the key log')
  const part = (label: string) => hkdf(sha256, bytes, undefined, utf8(`SilentRelay key log ${label} v1`), 32)
  const signingKey = part('signing key')
  const origin =
    givenOrigin === '' ? `silentrelay/${bytesToHex(ed25519.getPublicKey(signingKey).subarray(0, 8))}` : givenOrigin
  const signer = noteSigner(origin, 'log', signingKey)
  return {
    origin,
    signer,
    verifierKey: formatVerifierKey(signer.key),
    indexKey: deriveIndexKey(part('index key'), utf8('SilentRelay key log')),
    openingSecret: part('openings'),
  }
}

/** Where the log is kept in the bucket: each log has a folder of its own, so that a new one does not mix with an old. */
export function keyLogFolder({ signer }: KeyLogKeys): string {
  return `key-log/${signer.key.keyId.toString(16).padStart(8, '0')}/`
}
