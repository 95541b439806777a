/** The key by which members of an epoch prove to the relay that they are some member (SPEC, T-6 and U-5). */

import { sha256 } from '@noble/hashes/sha2.js'
import { mlsExporter } from 'ts-mls/keySchedule.js'
import { fromBase64url, toBase64url } from '#protocol/bytes.ts'
import { SEND_KEY_LABEL, groupSendSigningInput } from '#protocol/groups/signing.ts'
import type { Suite } from './suite.ts'
import { ed25519, ed25519PublicKey } from './primitives.ts'

const SEED_LENGTH = 32

export interface SendKey {
  /** 32 octets. */
  readonly seed: Uint8Array
  /** base64url, as the relay is told. */
  readonly publicKey: string
}

/** Exports an epoch's sending key (RFC 9420 section 8.5). */
export async function sendKeyOf(exporterSecret: Uint8Array, group: string, suite: Suite): Promise<SendKey> {
  const seed = await mlsExporter(exporterSecret, SEND_KEY_LABEL, fromBase64url(group), SEED_LENGTH, suite)
  return { seed, publicKey: toBase64url(await ed25519PublicKey(seed)) }
}

/** What is signed of one message. */
export interface Sent {
  readonly group: string
  readonly epoch: number
  readonly messageId: string
  /** Octets of an MLSMessage. */
  readonly body: Uint8Array
  readonly isEphemeral: boolean
}

/** The proof that goes with a message: an Ed25519 signature, base64url. */
export async function signSend(
  { seed }: SendKey,
  { group, epoch, messageId, body, isEphemeral }: Sent,
): Promise<string> {
  return toBase64url(
    await ed25519.sign(seed, groupSendSigningInput(group, epoch, messageId, isEphemeral, sha256(body))),
  )
}
