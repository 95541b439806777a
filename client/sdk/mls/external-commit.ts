/** Joining by an external commit (RFC 9420 section 12.4.3.2), from the library's parts: its own refuses valid trees. */

import { type ClientState, exportSecret, nextEpochContext } from 'ts-mls/clientState.js'
import { createConfirmationTag, createContentCommitSignature } from 'ts-mls/framedContent.js'
import type { GroupInfo } from 'ts-mls/groupInfo.js'
import { initializeEpoch } from 'ts-mls/keySchedule.js'
import { protectPublicMessage } from 'ts-mls/messageProtectionPublic.js'
import { pathToPathSecrets } from 'ts-mls/pathSecrets.js'
import { toPrivateKeyPath, updateLeafKey } from 'ts-mls/privateKeyPath.js'
import type { Proposal } from 'ts-mls/proposal.js'
import { type RatchetTree, addLeafNode, removeLeafNode } from 'ts-mls/ratchetTree.js'
import { createSecretTree } from 'ts-mls/secretTree.js'
import { treeHashRoot } from 'ts-mls/treeHash.js'
import { leafWidth, nodeToLeafIndex, toLeafIndex } from 'ts-mls/treemath.js'
import { createUpdatePath } from 'ts-mls/updatePath.js'
import { zeroOutUint8Array } from 'ts-mls/util/byteArray.js'
import { fromBase64url } from '#protocol/bytes.ts'
import { commitSecretOf } from './commit-secret.ts'
import { configWith } from './config.ts'
import type { LeafCheck } from './credential.ts'
import { type OwnKeyPackage, publicPartOf } from './key-package.ts'
import { writeMessage } from './message.ts'
import { RefusedError } from './refusal.ts'
import type { Suite } from './suite.ts'

/** What a joiner knows of the group, checked. */
export interface Target {
  readonly info: GroupInfo
  readonly tree: RatchetTree
  /** The leaf that this device has there already, to be replaced. */
  readonly former: number | undefined
}

/** The commit (octets of an MLSMessage), and the epoch that it begins. */
export async function makeExternalCommit(
  { info, tree, former }: Target,
  own: OwnKeyPackage,
  authenticatedData: Uint8Array,
  check: LeafCheck,
  suite: Suite,
): Promise<{ body: Uint8Array; next: ClientState }> {
  const { groupContext, confirmationTag } = info
  const externalPub = info.extensions.find(({ extensionType }) => extensionType === 'external_pub')
  if (externalPub === undefined) throw new RefusedError('linkInvalid', 'the group takes no external commits')
  const { enc: kemOutput, secret: initSecret } = await exportSecret(externalPub.extensionData, suite)
  const remaining = former === undefined ? tree : removeLeafNode(tree, toLeafIndex(former))
  const [withLeaf, node] = addLeafNode(remaining, publicPartOf(own).leafNode)
  const self = nodeToLeafIndex(node)
  const signKey = fromBase64url(own.signatureKey)
  const [updated, path, secrets, leafKey] = await createUpdatePath(withLeaf, self, groupContext, signKey, suite)
  const privatePath = updateLeafKey(
    await toPrivateKeyPath(pathToPathSecrets(secrets), self, suite),
    await suite.hpke.exportPrivateKey(leafKey),
  )
  const commitSecret = await commitSecretOf(updated, secrets, suite)

  const proposals: Proposal[] = [{ proposalType: 'external_init', externalInit: { kemOutput } }]
  if (former !== undefined) proposals.unshift({ proposalType: 'remove', remove: { removed: former } })
  const { signature, framedContent } = await createContentCommitSignature(
    groupContext,
    'mls_public_message',
    { proposals: proposals.map((proposal) => ({ proposalOrRefType: 'proposal', proposal })), path },
    { senderType: 'new_member_commit' },
    authenticatedData,
    signKey,
    suite.signature,
  )
  const treeHash = await treeHashRoot(updated, suite.hash)
  const nextContext = await nextEpochContext(
    groupContext,
    'mls_public_message',
    framedContent,
    signature,
    treeHash,
    confirmationTag,
    suite.hash,
  )
  const noPsk = new Uint8Array(suite.kdf.size)
  const epoch = await initializeEpoch(initSecret, commitSecret, nextContext, noPsk, suite.kdf)
  const nextTag = await createConfirmationTag(
    epoch.keySchedule.confirmationKey,
    nextContext.confirmedTranscriptHash,
    suite.hash,
  )
  const publicMessage = await protectPublicMessage(
    epoch.keySchedule.membershipKey,
    groupContext,
    {
      wireformat: 'mls_public_message',
      content: framedContent,
      auth: { contentType: 'commit', signature, confirmationTag: nextTag },
    },
    suite,
  )
  const next: ClientState = {
    groupContext: nextContext,
    ratchetTree: updated,
    secretTree: await createSecretTree(leafWidth(updated.length), epoch.encryptionSecret, suite.kdf),
    privatePath,
    confirmationTag: nextTag,
    historicalReceiverData: new Map(),
    signaturePrivateKey: signKey,
    keySchedule: epoch.keySchedule,
    unappliedProposals: {},
    groupActiveState: { kind: 'active' },
    clientConfig: configWith(check),
  }
  for (const secret of [commitSecret, initSecret, epoch.encryptionSecret, epoch.joinerSecret]) zeroOutUint8Array(secret)
  return { body: writeMessage({ wireformat: 'mls_public_message', publicMessage }), next }
}
