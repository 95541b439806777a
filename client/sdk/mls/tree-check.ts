/**
 * Checking a ratchet tree that somebody handed over (RFC 9420 section 12.4.3.1). Instead of the library's own check,
 * which refuses trees that are right (see library-defects.test.ts) and takes time in the square of their size.
 */

import { extensionsSupportedByCapabilities } from 'ts-mls/extension.js'
import type { GroupContext } from 'ts-mls/groupContext.js'
import { type LeafNode, verifyLeafNodeSignature } from 'ts-mls/leafNode.js'
import type { RatchetTree } from 'ts-mls/ratchetTree.js'
import { directPath, isLeaf, leafWidth, rootFromNodeWidth, toNodeIndex } from 'ts-mls/treemath.js'
import { equalBytes } from '#protocol/bytes.ts'
import { capabilitiesOf } from './config.ts'
import type { LeafCheck } from './credential.ts'
import { leafAt, membersOf } from './members.ts'
import { RefusedError } from './refusal.ts'
import type { Suite } from './suite.ts'
import { TreeHashes, hasParentHash } from './tree-hash.ts'

/** Throws a {@link RefusedError} unless the tree is a valid one of this group context. */
export async function checkTree(
  tree: RatchetTree,
  context: GroupContext,
  check: LeafCheck,
  suite: Suite,
): Promise<void> {
  const members = membersOf(tree)
  await checkStructure(tree, context.treeHash, suite)
  for (const { leaf } of members.list) {
    const leafNode = leafAt(tree, leaf)
    if (leafNode !== undefined) await checkLeaf(leafNode, leaf, context, check, suite)
  }
}

/** What is checked of any MLS group's tree: kinds of nodes, unmerged leaves, tree hash and parent hashes. */
export async function checkStructure(tree: RatchetTree, treeHash: Uint8Array, suite: Suite): Promise<void> {
  checkShape(tree)
  const hashes = new TreeHashes(tree, suite)
  if (!equalBytes(treeHash, await hashes.of(rootFromNodeWidth(tree.length)))) {
    throw invalid('the tree is not that of the group context')
  }
  for (let node = 1; node < tree.length; node += 2) {
    if (tree[node] !== undefined && !(await hasParentHash(tree, node, hashes))) throw invalid('a parent hash is wrong')
  }
}

function invalid(reason: string): RefusedError {
  return new RefusedError('commitInvalid', reason)
}

/** Section 7.3. */
export async function checkLeaf(
  leafNode: LeafNode,
  leaf: number,
  { groupId, extensions, cipherSuite }: GroupContext,
  check: LeafCheck,
  suite: Suite,
): Promise<void> {
  if (!(await verifyLeafNodeSignature(leafNode, groupId, leaf, suite.signature))) throw invalid('a leaf is not signed')
  const { capabilities, credential, signaturePublicKey } = leafNode
  if (leafNode.extensions.length > 0) throw invalid('a leaf has extensions')
  const needed = capabilitiesOf(cipherSuite)
  const isAble =
    extensionsSupportedByCapabilities(extensions, capabilities) &&
    needed.extensions.every((type) => capabilities.extensions.includes(type)) &&
    needed.credentials.every((type) => capabilities.credentials.includes(type))
  if (!isAble) throw invalid('a leaf lacks what the group requires')
  if (!(await check.validateCredential(credential, signaturePublicKey))) throw invalid('a credential is not valid')
}

/** Kinds of nodes at their places, and unmerged leaves that are below their parents, in order, and listed on the way. */
function checkShape(tree: RatchetTree): void {
  const width = leafWidth(tree.length)
  for (const [index, node] of tree.entries()) {
    if (node !== undefined && (node.nodeType === 'leaf') !== isLeaf(toNodeIndex(index))) throw invalid('tree malformed')
    if (node?.nodeType !== 'parent') continue
    const unmerged = node.parent.unmergedLeaves
    for (const [at, leaf] of unmerged.entries()) {
      const path = directPath(toNodeIndex(leaf * 2), width)
      const place = path.indexOf(toNodeIndex(index))
      if (leafAt(tree, leaf) === undefined || place < 0 || leaf <= (unmerged[at - 1] ?? -1)) {
        throw invalid('an unmerged leaf is none')
      }
      for (const between of path.slice(0, place)) {
        const lower = tree[between]
        if (lower?.nodeType === 'parent' && !lower.parent.unmergedLeaves.includes(leaf)) {
          throw invalid('an unmerged leaf is merged below')
        }
      }
    }
  }
}
