/** Sending keys of epochs, as members have them, and messages under them. */

import { fromBase64url, randomBytes, toBase64url } from '#protocol/bytes.ts'
import { groupSendSigningInput } from '#protocol/groups/signing.ts'
import type { GroupSend } from '#durable-objects/group/rpc.ts'
import { randomId } from '#durable-objects/testing/accounts.ts'

export interface SendKey {
  readonly publicKey: string
  readonly privateKey: CryptoKey
}

/** A sending key of one epoch. */
export async function newSendKey(): Promise<SendKey> {
  const pair = (await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify'])) as CryptoKeyPair
  const raw = (await crypto.subtle.exportKey('raw', pair.publicKey)) as ArrayBuffer
  return { publicKey: toBase64url(new Uint8Array(raw)), privateKey: pair.privateKey }
}

/** A random message, or the one that is given, signed by an epoch's key. */
export async function signedMessage(
  group: string,
  key: SendKey | undefined,
  more: Partial<GroupSend> & Pick<GroupSend, 'epoch'>,
): Promise<GroupSend> {
  if (key === undefined) throw new Error('The group was not created.')
  const message = { messageId: randomId(), body: toBase64url(randomBytes(40)), ...more }
  const bodyHash = new Uint8Array(await crypto.subtle.digest('SHA-256', fromBase64url(message.body)))
  const { epoch, messageId, ephemeral } = message
  const signed = groupSendSigningInput(group, epoch, messageId, ephemeral === true, bodyHash)
  const proof = toBase64url(new Uint8Array(await crypto.subtle.sign('Ed25519', key.privateKey, signed)))
  return { proof, ...message }
}
