/**
 * A member's commit (RFC 9420 section 12.4.1), from the library's parts. Its own `createCommit` encrypts the path for
 * the group context without the changes of the same commit, which no receiver can then read, and leaves out the path of
 * a commit that changes the context, which section 12.4 requires: see library-defects.test.ts.
 */

import { emptyPskIndex } from 'ts-mls/pskIndex.js'
import { type ClientState, applyProposals, nextEpochContext } from 'ts-mls/clientState.js'
import { createConfirmationTag, createContentCommitSignature } from 'ts-mls/framedContent.js'
import type { GroupContext } from 'ts-mls/groupContext.js'
import { initializeEpoch } from 'ts-mls/keySchedule.js'
import { protect } from 'ts-mls/messageProtection.js'
import { pathToPathSecrets } from 'ts-mls/pathSecrets.js'
import { mergePrivateKeyPaths, toPrivateKeyPath, updateLeafKey } from 'ts-mls/privateKeyPath.js'
import type { Proposal } from 'ts-mls/proposal.js'
import type { RatchetTree } from 'ts-mls/ratchetTree.js'
import { createSecretTree } from 'ts-mls/secretTree.js'
import { treeHashRoot } from 'ts-mls/treeHash.js'
import { type LeafIndex, leafToNodeIndex, leafWidth, toLeafIndex } from 'ts-mls/treemath.js'
import { createUpdatePath } from 'ts-mls/updatePath.js'
import { zeroOutUint8Array } from 'ts-mls/util/byteArray.js'
import { commitSecretOf } from './commit-secret.ts'
import { type Added, makeWelcome } from './make-welcome.ts'
import { writeMessage } from './message.ts'
import { RefusedError } from './refusal.ts'
import type { Suite } from './suite.ts'

export interface MadeCommit {
  /** Octets of an MLSMessage. */
  readonly body: Uint8Array
  /** Octets of an MLSMessage, when somebody is added. */
  readonly welcome: Uint8Array | undefined
  readonly next: ClientState
}

/** A commit of these proposals, with a path unless it only adds (section 12.4). */
export async function makeCommit(
  state: ClientState,
  proposals: readonly Proposal[],
  authenticatedData: Uint8Array,
  suite: Suite,
): Promise<MadeCommit> {
  const self = toLeafIndex(state.privatePath.leafIndex)
  const byValue = proposals.map((proposal) => ({ proposalOrRefType: 'proposal' as const, proposal }))
  const applied = await applyProposals(state, byValue, self, emptyPskIndex, true, suite)
  if (applied.additionalResult.kind !== 'memberCommit') throw new RefusedError('commitInvalid', 'not a member’s commit')
  const { addedLeafNodes, extensions } = applied.additionalResult
  const context = extensions.length > 0 ? { ...state.groupContext, extensions } : state.groupContext
  const isOnlyAdding = proposals.length > 0 && proposals.every(({ proposalType }) => proposalType === 'add')
  const path = isOnlyAdding
    ? { tree: applied.tree, update: undefined, secrets: [], privatePath: state.privatePath }
    : await updatePath(state, applied.tree, self, context, addedLeafNodes, suite)
  const commitSecret = await commitSecretOf(path.tree, path.secrets, suite)

  const { signature, framedContent } = await createContentCommitSignature(
    state.groupContext,
    'mls_private_message',
    { proposals: byValue, path: path.update },
    { senderType: 'member', leafIndex: self },
    authenticatedData,
    state.signaturePrivateKey,
    suite.signature,
  )
  const groupContext = await nextEpochContext(
    context,
    'mls_private_message',
    framedContent,
    signature,
    await treeHashRoot(path.tree, suite.hash),
    state.confirmationTag,
    suite.hash,
  )
  const epoch = await initializeEpoch(
    state.keySchedule.initSecret,
    commitSecret,
    groupContext,
    applied.pskSecret,
    suite.kdf,
  )
  const confirmationTag = await createConfirmationTag(
    epoch.keySchedule.confirmationKey,
    groupContext.confirmedTranscriptHash,
    suite.hash,
  )
  const { privateMessage } = await protect(
    state.keySchedule.senderDataSecret,
    authenticatedData,
    state.groupContext,
    state.secretTree,
    { ...framedContent, auth: { contentType: 'commit', signature, confirmationTag } },
    self,
    state.clientConfig.paddingConfig,
    suite,
  )
  const next: ClientState = {
    ...state,
    groupContext,
    ratchetTree: path.tree,
    secretTree: await createSecretTree(leafWidth(path.tree.length), epoch.encryptionSecret, suite.kdf),
    keySchedule: epoch.keySchedule,
    privatePath: path.privatePath,
    confirmationTag,
  }
  const welcome =
    addedLeafNodes.length === 0 ? undefined : await makeWelcome(next, addedLeafNodes, path.secrets, epoch, suite)
  for (const secret of [commitSecret, epoch.joinerSecret, epoch.encryptionSecret]) zeroOutUint8Array(secret)
  return { body: writeMessage({ wireformat: 'mls_private_message', privateMessage }), welcome, next }
}

async function updatePath(
  state: ClientState,
  tree: RatchetTree,
  self: LeafIndex,
  context: GroupContext,
  added: Added,
  suite: Suite,
) {
  // New members get the path's secret in their welcome instead (section 12.4.2).
  const without = added.map(([leaf]) => leafToNodeIndex(leaf))
  const [updated, update, secrets, leafKey] = await createUpdatePath(
    tree,
    self,
    context,
    state.signaturePrivateKey,
    suite,
    without,
  )
  const privatePath = mergePrivateKeyPaths(
    updateLeafKey(state.privatePath, await suite.hpke.exportPrivateKey(leafKey)),
    await toPrivateKeyPath(pathToPathSecrets(secrets), self, suite),
  )
  return { tree: updated, update, secrets, privatePath }
}
