/** Application messages (RFC 9420 section 15) with what they authenticate (SPEC, U-6). */

import { unprotectPrivateMessage, protectApplicationData } from 'ts-mls/messageProtection.js'
import { equalBytes, fromBase64url } from '#protocol/bytes.ts'
import { messageBinding, readMessageBinding } from '#protocol/groups/binding.ts'
import type { MessageEntry } from '#protocol/groups/entries.ts'
import type { DeviceAddress } from '#protocol/primitives.ts'
import { MLS_LIMITS, configWith } from './config.ts'
import { type GroupState, epochOf, membersIn, selfIn } from './group-state.ts'
import type { HistoryVerdict } from './history.ts'
import { readMessage, writeMessage } from './message.ts'
import { type Refusal, RefusedError, refusing } from './refusal.ts'
import { generationOf, treeOf, withLeaf } from './secrets.ts'
import { suiteOf } from './suite.ts'

const { keyRetentionConfig, paddingConfig } = configWith({ validateCredential: () => Promise.resolve(false) })
/** Nothing is kept of what an ephemeral message skips, and no member that keeps the rules makes it skip more than this. */
const ephemeralRetention = {
  ...keyRetentionConfig,
  maximumForwardRatchetSteps: MLS_LIMITS.ephemeralInARow + MLS_LIMITS.skippedKeys,
}

/** A message that is to be sent. `state` has to be stored before it is: each key serves once. */
export interface Encrypted {
  readonly state: GroupState
  /** Octets of an MLSMessage. */
  readonly body: Uint8Array
}

/** A message that was read. */
export interface Decrypted {
  readonly from: DeviceAddress
  readonly content: Uint8Array
  /** Whether its author had seen the messages that this device has (U-6). */
  readonly seen: HistoryVerdict
}

/** Where the log is after a message, and the message or why it cannot be read. The log goes on in any case (U-7). */
export interface Read {
  readonly state: GroupState
  readonly message: Decrypted | Refusal
}

/**
 * Encrypts for the present epoch. For another epoch it has to be encrypted anew, under the same message id.
 *
 * @param content octets, padded (U-10)
 */
export async function encrypt(state: GroupState, messageId: string, content: Uint8Array): Promise<Encrypted> {
  const { leaf } = selfIn(state)
  const { signaturePrivateKey, keySchedule, groupContext } = state.core
  const { privateMessage, newSecretTree } = await protectApplicationData(
    signaturePrivateKey,
    keySchedule.senderDataSecret,
    content,
    messageBinding(messageId, state.history.end, state.former),
    groupContext,
    treeOf(state.secrets),
    leaf,
    paddingConfig,
    await suiteOf(state.suite),
  )
  return {
    state: { ...state, secrets: withLeaf(state.secrets, leaf, newSecretTree), ephemerals: 0 },
    body: writeMessage({ wireformat: 'mls_private_message', privateMessage }),
  }
}

/**
 * Encrypts a message that does not go into the log. It takes a key of the same ratchet as every other message, so that
 * `state` has to be stored before it is sent, likewise; it is sent once and never again.
 *
 * @returns a refusal when so many were made since the last message for the log that others would not skip more keys
 */
export async function encryptEphemeral(
  state: GroupState,
  messageId: string,
  content: Uint8Array,
): Promise<Encrypted | Refusal> {
  const ephemerals = state.ephemerals + 1
  if (ephemerals > MLS_LIMITS.ephemeralInARow) {
    return { refused: 'messageInvalid', reason: 'too many ephemeral messages in a row' }
  }
  const made = await encrypt(state, messageId, content)
  return { ...made, state: { ...made.state, ephemerals } }
}

/** Reads the next entry of the log. Refused whole, as `outOfOrder`, when it is not the next, or of another epoch. */
export async function decrypt(state: GroupState, entry: MessageEntry): Promise<Read | Refusal> {
  const passed = pass(state, entry)
  if ('refused' in passed) return passed
  const body = fromBase64url(entry.body)
  const opened = await refusing('messageInvalid', () => open(state, entry.messageId, body))
  if ('refused' in opened) return { state: passed, message: opened }
  const { message, secrets, former } = opened
  // Who came in with this epoch hears of the one before by the first message, and compares from then on.
  return { state: { ...passed, secrets, former: state.former ?? former }, message }
}

/** Goes past the next entry of the log without reading it: an own message (known by its id), or one that was put aside. */
export function pass(state: GroupState, { seq, epoch, messageId, body }: MessageEntry): GroupState | Refusal {
  if (seq !== state.seq + 1) return { refused: 'outOfOrder', reason: `not the entry after ${state.seq}` }
  if (epoch !== epochOf(state)) return { refused: 'outOfOrder', reason: 'a message of another epoch' }
  return { ...state, seq, history: state.history.append(messageId, fromBase64url(body)) }
}

/** An ephemeral message that was read. */
export interface DecryptedEphemeral extends Decrypted {
  /** Ascends with the messages of one device in one epoch: one that is not higher than the last was shown late, or twice. */
  readonly generation: number
}

/**
 * Reads a message outside the log. It leaves the state as it is, so that typing costs no writes: the caller drops what has
 * no higher generation than the last one of that device. Refuses, as `outOfOrder`, what was made before a message of that
 * device that was read already.
 */
export async function decryptEphemeral(
  state: GroupState,
  item: { readonly messageId: string; readonly body: string },
): Promise<DecryptedEphemeral | Refusal> {
  const opened = await refusing('messageInvalid', () =>
    open(state, item.messageId, fromBase64url(item.body), ephemeralRetention),
  )
  if ('refused' in opened) return opened
  const { message, leaf } = opened
  const generation = generationOf(opened.secrets, leaf)
  // A key that was skipped and kept: the ratchet did not move on for it.
  if (generation === generationOf(state.secrets, leaf)) {
    return { refused: 'outOfOrder', reason: 'made before a message that was read' }
  }
  return { ...message, generation }
}

async function open(state: GroupState, messageId: string, body: Uint8Array, retention = keyRetentionConfig) {
  const message = readMessage(body, 'mls_private_message')?.privateMessage
  const { core, tree, secrets } = state
  const isOurs =
    message?.contentType === 'application' &&
    message.epoch === core.groupContext.epoch &&
    equalBytes(message.groupId, core.groupContext.groupId)
  if (!isOurs) throw new RefusedError('messageInvalid', 'not a message of this group and epoch')
  const { content, tree: stepped } = await unprotectPrivateMessage(
    core.keySchedule.senderDataSecret,
    message,
    treeOf(secrets),
    tree,
    core.groupContext,
    retention,
    await suiteOf(state.suite),
  )
  const { sender, authenticatedData } = content.content
  const from = sender.senderType === 'member' ? membersIn(state).at(sender.leafIndex) : undefined
  if (from === undefined || content.content.contentType !== 'application') {
    throw new RefusedError('messageInvalid', 'not by a member')
  }
  const binding = readMessageBinding(authenticatedData)
  if (binding === undefined || !equalBytes(binding.messageId, fromBase64url(messageId))) {
    throw new RefusedError('bindingMismatch', 'made for another message id')
  }
  const { former = state.former } = binding
  const isSame = former === undefined || state.former === undefined || equalBytes(former, state.former)
  return {
    secrets: withLeaf(secrets, from.leaf, stepped),
    leaf: from.leaf,
    former,
    message: {
      from: { account: from.account, device: from.device },
      content: content.content.applicationData,
      seen: isSame ? state.history.compare(binding.seen) : 'forked',
    },
  }
}
