/** Boxes: an epoch's group info, sealed for whoever has a link's secret (SPEC, I-2). */

import { createGroupInfoWithExternalPubAndRatchetTree } from 'ts-mls/createCommit.js'
import type { GroupInfo } from 'ts-mls/groupInfo.js'
import { concatBytes, fromBase64url, randomBytes, toBase64url } from '#protocol/bytes.ts'
import type { LinkId } from '#protocol/groups/change.ts'
import { type GroupState, detailsOf, epochOf, libraryState } from './group-state.ts'
import { linkKeys } from './link-keys.ts'
import { readMessage, writeMessage } from './message.ts'
import { RefusedError } from './refusal.ts'
import { suiteOf } from './suite.ts'

const NONCE_LENGTH = 12
const SECRET_LENGTH = 32

export interface LinkBox {
  readonly link: LinkId
  /** base64url. */
  readonly box: string
}

/** What a member gives its relay, and the device that lost its state, so that this device may come back (I-6). */
export interface RejoinOffer extends LinkBox {
  readonly epoch: number
  /** base64url; for the device alone, end to end encrypted. */
  readonly secret: string
}

/** A new link's secret and id, as they stand in the details. */
export function newLink(): { readonly id: LinkId; readonly secret: string } {
  const secret = randomBytes(SECRET_LENGTH)
  return { id: linkKeys(secret).id, secret: toBase64url(secret) }
}

/** A box for each link that leads into this epoch. */
export async function boxesOf(state: GroupState): Promise<LinkBox[]> {
  const { links } = detailsOf(state)
  if (links.length === 0) return []
  const info = await groupInfoOf(state)
  return Promise.all(links.map(async ({ id, secret }) => ({ link: id, box: await seal(info, state.group, secret) })))
}

/** An offer to one device to join again in this epoch. */
export async function offerRejoin(state: GroupState): Promise<RejoinOffer> {
  const { id, secret } = newLink()
  return { epoch: epochOf(state), link: id, secret, box: await seal(await groupInfoOf(state), state.group, secret) }
}

async function groupInfoOf(state: GroupState): Promise<Uint8Array> {
  const noChecks = { validateCredential: () => Promise.resolve(true) }
  const suite = await suiteOf(state.suite)
  const groupInfo = await createGroupInfoWithExternalPubAndRatchetTree(libraryState(state, noChecks), [], suite)
  return writeMessage({ wireformat: 'mls_group_info', groupInfo })
}

function aesKey(secret: string, usage: 'encrypt' | 'decrypt'): Promise<CryptoKey> {
  const { boxKey } = linkKeys(fromBase64url(secret))
  return crypto.subtle.importKey('raw', Uint8Array.from(boxKey), 'AES-GCM', false, [usage])
}

async function seal(info: Uint8Array, group: string, secret: string): Promise<string> {
  const iv = randomBytes(NONCE_LENGTH)
  const parameters = { name: 'AES-GCM', iv, additionalData: fromBase64url(group) }
  const sealed = await crypto.subtle.encrypt(parameters, await aesKey(secret, 'encrypt'), Uint8Array.from(info))
  return toBase64url(concatBytes(iv, new Uint8Array(sealed)))
}

/**
 * Opens a box with a link's secret (base64url). Nothing in the group info has been checked then.
 *
 * @throws RefusedError
 */
export async function openBox(box: Uint8Array, group: string, secret: string): Promise<GroupInfo> {
  const parameters = {
    name: 'AES-GCM',
    iv: Uint8Array.from(box.subarray(0, NONCE_LENGTH)),
    additionalData: fromBase64url(group),
  }
  const sealed = Uint8Array.from(box.subarray(NONCE_LENGTH))
  const opened = await crypto.subtle.decrypt(parameters, await aesKey(secret, 'decrypt'), sealed).catch(() => undefined)
  const message = opened === undefined ? undefined : readMessage(new Uint8Array(opened), 'mls_group_info')
  if (message === undefined) throw new RefusedError('linkInvalid', 'not a box of this link')
  return message.groupInfo
}
