/** What a commit is checked for besides RFC 9420: that it is what was said openly, and that its sender may make it. */

import type { ContentTypeName } from 'ts-mls/contentType.js'
import type { FramedContent } from 'ts-mls/framedContent.js'
import type { LeafNode } from 'ts-mls/leafNode.js'
import type { Proposal } from 'ts-mls/proposal.js'
import { equalBytes, fromBase64url } from '#protocol/bytes.ts'
import { commitBinding } from '#protocol/groups/binding.ts'
import { type GroupChange, NO_CHANGE, checkChange } from '#protocol/groups/change.ts'
import type { CommitEntry } from '#protocol/groups/entries.ts'
import type { DeviceAddress } from '#protocol/primitives.ts'
import { effectOf, isSameChange, membershipOf } from './change-of.ts'
import { addressOf } from './credential.ts'
import { type GroupState, detailsOf, epochOf, membersIn } from './group-state.ts'
import { linkKeys, linkProof } from './link-keys.ts'
import { nameOf } from './members.ts'
import { RefusedError } from './refusal.ts'

const ID_LENGTH = 16
const BINDING_LENGTH = 48

interface Placed {
  readonly contentType: ContentTypeName
  readonly groupId: Uint8Array
  readonly epoch: bigint
}

/** That a message is a commit of this group in its present epoch. */
export function judgePlace(state: GroupState, { contentType, groupId, epoch }: Placed): void {
  const isOurs = equalBytes(groupId, fromBase64url(state.group)) && epoch === BigInt(epochOf(state))
  if (contentType !== 'commit' || !isOurs) {
    throw new RefusedError('commitInvalid', 'not a commit of this group and epoch')
  }
}

/** U-4: the commit was made for this message id and this open change. Answers what it authenticates beyond that. */
export function judgeBinding(authenticated: Uint8Array, { messageId, change }: CommitEntry): Uint8Array {
  const expected = commitBinding(messageId, change)
  if (!equalBytes(authenticated.subarray(0, ID_LENGTH), expected.subarray(0, ID_LENGTH))) {
    throw new RefusedError('bindingMismatch', 'made for another message id')
  }
  if (!equalBytes(authenticated.subarray(0, BINDING_LENGTH), expected)) {
    throw new RefusedError('changeMismatch', 'another change was said openly')
  }
  return authenticated.subarray(BINDING_LENGTH)
}

/** U-3 and U-4 for a member's commit. */
export function judgeMember(
  state: GroupState,
  actor: DeviceAddress,
  proposals: readonly Proposal[],
  said: GroupChange,
): void {
  const { change } = effectOf(state, proposals)
  if (!isSameChange(change, said)) throw new RefusedError('changeMismatch', 'it does something else than was said')
  const code = checkChange(membershipOf(state, true), actor.account, change)
  if (code !== undefined) throw new RefusedError('notAllowed', code)
}

/**
 * I-3 and I-6 for an external commit. Everything that is judged here stands in the clear; that the joiner signed it, and
 * that its device vouches for its leaf, is checked when it is processed.
 *
 * @param proof what the commit authenticates after U-4's octets
 */
export function judgeJoiner(
  state: GroupState,
  content: FramedContent,
  proof: Uint8Array,
  said: GroupChange,
): { readonly joiner: DeviceAddress; readonly leafNode: LeafNode } {
  const path = content.contentType === 'commit' ? content.commit.path : undefined
  if (content.contentType !== 'commit' || content.sender.senderType !== 'new_member_commit' || path === undefined) {
    throw new RefusedError('commitInvalid', 'in the clear, and not an external commit')
  }
  const joiner = addressOf(path.leafNode.credential)
  const { account, device } = joiner
  const replaces = judgeReplacement(state, joiner, content.commit.proposals.map(byValue))
  const change = { ...NO_CHANGE, add: [{ account, device }], remove: replaces ? [{ account, device }] : [] }
  if (!isSameChange(change, said)) throw new RefusedError('changeMismatch', 'it does something else than was said')
  const key = path.leafNode.signaturePublicKey
  const isInvited = detailsOf(state).links.some(({ secret }) =>
    equalBytes(proof, linkProof(linkKeys(fromBase64url(secret)), state.group, epochOf(state), key)),
  )
  const isReturning = replaces && proof.length === 0
  if (!isInvited && !isReturning) throw new RefusedError('notAllowed', 'nobody invited this device')
  return { joiner, leafNode: path.leafNode }
}

type OfferedProposal = { readonly proposalOrRefType: string; readonly proposal?: Proposal }

function byValue(offered: OfferedProposal): Proposal {
  if (offered.proposal === undefined) throw new RefusedError('commitInvalid', 'a proposal by reference')
  return offered.proposal
}

/** Whether the joiner replaces its own leaf. Nobody else's may go. */
function judgeReplacement(state: GroupState, joiner: DeviceAddress, proposals: readonly Proposal[]): boolean {
  const others = proposals.filter(({ proposalType }) => proposalType !== 'external_init')
  const [removal] = others
  if (proposals.length - others.length !== 1 || others.length > 1) {
    throw new RefusedError('commitInvalid', 'an external commit with other proposals')
  }
  if (removal === undefined) return false
  const member =
    removal.proposalType === 'remove' && 'remove' in removal ? membersIn(state).at(removal.remove.removed) : undefined
  if (member === undefined || nameOf(member) !== nameOf(joiner)) {
    throw new RefusedError('notAllowed', 'an external commit removes another device')
  }
  return true
}
