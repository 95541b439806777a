/** Following others' commits: what they are checked for before they take effect (SPEC, U-2 to U-5, I-3, I-6). */

import type { ClientState } from 'ts-mls/clientState.js'
import { unprotectPublicMessage } from 'ts-mls/messageProtectionPublic.js'
import { processPrivateMessage, processPublicMessage } from 'ts-mls/processMessages.js'
import { emptyPskIndex } from 'ts-mls/pskIndex.js'
import type { PrivateMessage } from 'ts-mls/privateMessage.js'
import type { PublicMessage } from 'ts-mls/publicMessage.js'
import { equalBytes, fromBase64url } from '#protocol/bytes.ts'
import type { GroupChange } from '#protocol/groups/change.ts'
import type { GroupDetails } from '#protocol/groups/details.ts'
import type { CommitEntry } from '#protocol/groups/entries.ts'
import type { DeviceAddress } from '#protocol/primitives.ts'
import { type DeviceResolver, LeafCheck, addressOf, isSameCredential } from './credential.ts'
import { checkDetails } from './group-info.ts'
import { type GroupState, beginEpoch, detailsOf, libraryState, membersIn, nextFormer, selfIn } from './group-state.ts'
import { judgeBinding, judgeJoiner, judgeMember, judgePlace } from './judge.ts'
import { type GroupMember, leafAt, membersOf, nameOf } from './members.ts'
import { parseMessage } from './message.ts'
import { type Refusal, RefusedError, refusing } from './refusal.ts'
import { type Suite, suiteOf } from './suite.ts'

/** A commit that took effect. */
export type Applied =
  | {
      readonly kind: 'applied'
      readonly state: GroupState
      readonly by: DeviceAddress
      readonly change: GroupChange
      /** The details as they were, for saying what changed. */
      readonly before: GroupDetails
      /** New leaves that no present device list vouches for, though an earlier one did. */
      readonly unverified: readonly DeviceAddress[]
    }
  /** This device was removed, or joined anew from another state. It cannot read on; the state may be deleted. */
  | { readonly kind: 'removed'; readonly by: DeviceAddress; readonly change: GroupChange }

/** A commit as the library processed it. */
interface Step {
  readonly library: ClientState
  readonly by: DeviceAddress
}

/** Applies another's commit. A refusal other than `outOfOrder` breaks the group for this device (U-4). */
export function apply(state: GroupState, entry: CommitEntry, resolve: DeviceResolver): Promise<Applied | Refusal> {
  return refusing('commitInvalid', async () => {
    if (entry.seq !== state.seq + 1) throw new RefusedError('outOfOrder', `not the entry after ${state.seq}`)
    const check = leafCheck(state, resolve)
    const { library, by } = await follow(state, check, entry, await suiteOf(state.suite))
    const { change } = entry
    if (library.groupActiveState.kind === 'removedFromGroup') return { kind: 'removed', by, change }
    checkDetails(library.groupContext, library.ratchetTree)
    // Who left and joined by a link since is back.
    const left = state.left.filter((account) => account !== by.account)
    const next = await beginEpoch({ ...state, seq: entry.seq, left }, library, nextFormer(state))
    if (next.sendKey.publicKey !== entry.sendKey) {
      throw new RefusedError('sendKeyMismatch', 'the relay was told another sending key')
    }
    return { kind: 'applied', state: next, by, change, before: detailsOf(state), unverified: check.unverified }
  })
}

/** Asks about leaves that are not, octet by octet, in the group already. */
function leafCheck(state: GroupState, resolve: DeviceResolver): LeafCheck {
  const isKnown: ConstructorParameters<typeof LeafCheck>[1] = (credential, leafKey) => {
    const leaf = leafAt(state.tree, membersIn(state).find(addressOf(credential))?.leaf ?? -1)
    return (
      leaf !== undefined &&
      isSameCredential(leaf.credential, credential) &&
      equalBytes(leaf.signaturePublicKey, leafKey)
    )
  }
  return new LeafCheck(resolve, isKnown, false)
}

function follow(state: GroupState, check: LeafCheck, entry: CommitEntry, suite: Suite): Promise<Step> {
  const message = parseMessage(fromBase64url(entry.body))
  if (message?.wireformat === 'mls_private_message') {
    return followMember(state, libraryState(state, check), entry, message.privateMessage, suite)
  }
  if (message?.wireformat === 'mls_public_message') {
    return followJoiner(state, check, entry, message.publicMessage, suite)
  }
  throw new RefusedError('commitInvalid', 'not a commit')
}

async function followMember(
  state: GroupState,
  library: ClientState,
  entry: CommitEntry,
  message: PrivateMessage,
  suite: Suite,
): Promise<Step> {
  judgePlace(state, message)
  if (judgeBinding(message.authenticatedData, entry).length > 0) {
    throw new RefusedError('commitInvalid', 'a member’s commit with a joiner’s proof')
  }
  let by: GroupMember | undefined
  let fault: unknown
  // The library asks this once it knows the sender and the proposals, and before it takes the commit's path.
  const result = await processPrivateMessage(library, message, emptyPskIndex, suite, (incoming) => {
    try {
      if (incoming.kind === 'commit') by = membersIn(state).at(incoming.senderLeafIndex ?? -1)
      if (incoming.kind !== 'commit' || by === undefined) throw new RefusedError('commitInvalid', 'not by a member')
      const proposals = incoming.proposals.map(({ proposal }) => proposal)
      judgeMember(state, by, proposals, entry.change)
      return 'accept'
    } catch (error) {
      fault = error
      return 'reject'
    }
  })
  if (fault !== undefined) throw fault
  if (by === undefined || result.kind !== 'newState') throw new RefusedError('commitInvalid', 'not a commit')
  const after = membersOf(result.newState.ratchetTree).at(by.leaf)
  if (after === undefined || nameOf(after) !== nameOf(by)) {
    throw new RefusedError('commitInvalid', 'the committer became another device')
  }
  return { library: result.newState, by: { account: by.account, device: by.device } }
}

async function followJoiner(
  state: GroupState,
  check: LeafCheck,
  entry: CommitEntry,
  message: PublicMessage,
  suite: Suite,
): Promise<Step> {
  judgePlace(state, message.content)
  const proof = judgeBinding(message.content.authenticatedData, entry)
  const { joiner: by, leafNode } = judgeJoiner(state, message.content, proof, entry.change)
  const library = libraryState(state, check)
  if (nameOf(selfIn(state)) !== nameOf(by)) {
    const { newState } = await processPublicMessage(library, message, emptyPskIndex, suite)
    return { library: newState, by }
  }
  // This device joined anew from another state, which replaced the leaf of this one. The library cannot follow that.
  const { keySchedule, groupContext, ratchetTree } = library
  await unprotectPublicMessage(keySchedule.membershipKey, groupContext, ratchetTree, message, suite)
  await check.validateCredential(leafNode.credential, leafNode.signaturePublicKey)
  return { library: { ...library, groupActiveState: { kind: 'removedFromGroup' } }, by }
}
