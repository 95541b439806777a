/** Tree hashes and parent hashes (RFC 9420 sections 7.8 and 7.9), each computed once. */

import { encode } from 'ts-mls/codec/tlsEncoder.js'
import { parentHashInputEncoder } from 'ts-mls/parentHash.js'
import type { ParentNode } from 'ts-mls/parentNode.js'
import { type RatchetTree, resolution } from 'ts-mls/ratchetTree.js'
import { leafNodeHashInputEncoder, parentNodeHashInputEncoder } from 'ts-mls/treeHash.js'
import { isLeaf, left, right, toNodeIndex } from 'ts-mls/treemath.js'
import { equalBytes } from '#protocol/bytes.ts'
import type { Suite } from './suite.ts'

/**
 * Section 7.9.2: some node below carries the hash of this parent, and between the two there is nothing but leaves that
 * came later.
 */
export async function hasParentHash(tree: RatchetTree, index: number, hashes: TreeHashes): Promise<boolean> {
  const node = tree[index]
  if (node?.nodeType !== 'parent') return true
  const at = toNodeIndex(index)
  const unmerged = new Set(node.parent.unmergedLeaves.map((leaf) => leaf * 2))
  for (const [child, sibling] of [
    [left(at), right(at)],
    [right(at), left(at)],
  ] as const) {
    const expected = await hashes.parentHash(node.parent, sibling)
    const below = resolution(tree, child)
    const carriers = below.filter((candidate) => {
      const found = parentHashOf(tree, candidate)
      return found !== undefined && equalBytes(found, expected)
    })
    for (const carrier of carriers) {
      const others = below.filter((candidate) => candidate !== carrier)
      const own = [...unmerged].filter((leaf) => isBelow(leaf, child))
      if (others.length === own.length && others.every((other) => unmerged.has(other))) return true
    }
  }
  return false
}

function parentHashOf(tree: RatchetTree, index: number): Uint8Array | undefined {
  const node = tree[index]
  if (node?.nodeType === 'parent') return node.parent.parentHash
  return node?.leaf.leafNodeSource === 'commit' ? node.leaf.parentHash : undefined
}

/** Whether node `index` is in the subtree of `root`: subtrees are intervals of node indices. */
function isBelow(index: number, root: number): boolean {
  let level = 0
  while (((root >> level) & 1) === 1) level += 1
  return Math.abs(index - root) < 1 << level
}

/** The hashes of one tree. */
export class TreeHashes {
  readonly #tree: RatchetTree
  readonly #suite: Suite
  readonly #known = new Map<number, Uint8Array>()

  constructor(tree: RatchetTree, suite: Suite) {
    this.#tree = tree
    this.#suite = suite
  }

  async of(index: number): Promise<Uint8Array> {
    const known = this.#known.get(index)
    if (known !== undefined) return known
    const hash = await this.#compute(index, new Set())
    this.#known.set(index, hash)
    return hash
  }

  /** Section 7.9: of a parent over its child on the other side, as it was before the parent's unmerged leaves came. */
  async parentHash(parent: ParentNode, sibling: number): Promise<Uint8Array> {
    const originalSiblingTreeHash = await this.#without(sibling, new Set(parent.unmergedLeaves))
    const { hpkePublicKey: encryptionKey, parentHash } = parent
    return this.#suite.hash.digest(
      encode(parentHashInputEncoder)({ encryptionKey, parentHash, originalSiblingTreeHash }),
    )
  }

  async #without(index: number, leaves: ReadonlySet<number>): Promise<Uint8Array> {
    const below = new Set([...leaves].filter((leaf) => isBelow(leaf * 2, index)))
    return below.size === 0 ? this.of(index) : this.#compute(index, below)
  }

  async #compute(index: number, without: ReadonlySet<number>): Promise<Uint8Array> {
    const at = toNodeIndex(index)
    const node = this.#tree[index]
    if (isLeaf(at)) {
      const leafNode = node?.nodeType === 'leaf' && !without.has(index / 2) ? node.leaf : undefined
      return this.#suite.hash.digest(
        encode(leafNodeHashInputEncoder)({ nodeType: 'leaf', leafIndex: index / 2, leafNode }),
      )
    }
    const [leftHash, rightHash] = [await this.#without(left(at), without), await this.#without(right(at), without)]
    const parentNode = node?.nodeType === 'parent' ? pruned(node.parent, without) : undefined
    return this.#suite.hash.digest(
      encode(parentNodeHashInputEncoder)({ nodeType: 'parent', parentNode, leftHash, rightHash }),
    )
  }
}

function pruned(parent: ParentNode, without: ReadonlySet<number>): ParentNode {
  return { ...parent, unmergedLeaves: parent.unmergedLeaves.filter((leaf) => !without.has(leaf)) }
}
