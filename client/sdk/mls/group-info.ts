/** Group infos (RFC 9420 section 12.4.3) that another member made: what joiners begin with. */

import type { GroupContext } from 'ts-mls/groupContext.js'
import { type GroupInfo, ratchetTreeFromExtension, verifyGroupInfoSignature } from 'ts-mls/groupInfo.js'
import type { RatchetTree } from 'ts-mls/ratchetTree.js'
import { equalBytes, fromBase64url } from '#protocol/bytes.ts'
import type { LeafCheck } from './credential.ts'
import { readDetails } from './details.ts'
import { leafAt, membersOf } from './members.ts'
import { RefusedError } from './refusal.ts'
import type { Suite } from './suite.ts'
import { checkTree } from './tree-check.ts'

/**
 * Checks all of a group info that can be checked without the epoch's secrets, and answers its tree.
 *
 * @param group the group that it has to be about, base64url
 * @throws RefusedError
 */
export async function checkGroupInfo(
  info: GroupInfo,
  group: string,
  check: LeafCheck,
  suite: Suite,
): Promise<RatchetTree> {
  const { groupContext } = info
  if (!equalBytes(groupContext.groupId, fromBase64url(group))) throw invalid('of another group')
  if (groupContext.cipherSuite !== suite.name || groupContext.version !== 'mls10') throw invalid('of another suite')
  const tree = ratchetTreeFromExtension(info)
  if (tree === undefined) throw invalid('without a tree')
  checkDetails(groupContext, tree)
  await checkTree(tree, groupContext, check, suite)
  const signer = leafAt(tree, info.signer)
  if (signer === undefined || !(await verifyGroupInfoSignature(info, signer.signaturePublicKey, suite.signature))) {
    throw invalid('not signed by a member')
  }
  return tree
}

/** Roles are of members only: so nobody comes back with one that it had before. */
export function checkDetails({ extensions }: GroupContext, tree: RatchetTree): void {
  const members = membersOf(tree)
  if (!readDetails(extensions).roles.every(({ account }) => members.hasAccount(account))) {
    throw invalid('a role of somebody who is no member')
  }
}

function invalid(reason: string): RefusedError {
  return new RefusedError('commitInvalid', `group info: ${reason}`)
}
