/**
 * The secret tree's leaves (RFC 9420 section 9), in chunks: a message steps one member's ratchet, and so rewrites one
 * chunk of some kilobytes and not the secrets of all members. The library expands the whole tree at the epoch's start,
 * so that its parent nodes hold nothing that is needed.
 */

import { type SecretTree, type SecretTreeNode, decodeSecretTree, secretTreeEncoder } from 'ts-mls/secretTree.js'
import { encode } from 'ts-mls/codec/tlsEncoder.js'

/** Leaves in one chunk. */
const CHUNK = 32
const NOTHING: SecretTreeNode = {
  handshake: { secret: new Uint8Array(), generation: 0, unusedGenerations: {} },
  application: { secret: new Uint8Array(), generation: 0, unusedGenerations: {} },
}

/** The leaves' ratchets of `CHUNK` leaves, but the last chunk's. Never changed in place. */
export type SecretChunks = readonly (readonly SecretTreeNode[])[]

/** The ratchets of leaves that are somebody's. The others are dropped: nobody may use them in this epoch. */
export function chunksOf(tree: SecretTree, isMember: (leaf: number) => boolean): SecretChunks {
  const leaves = (tree.length + 1) / 2
  return Array.from({ length: Math.ceil(leaves / CHUNK) }, (_, chunk) =>
    Array.from({ length: Math.min(CHUNK, leaves - chunk * CHUNK) }, (__, at) => {
      const leaf = chunk * CHUNK + at
      return isMember(leaf) ? (tree[leaf * 2] ?? NOTHING) : NOTHING
    }),
  )
}

/** The library's form. */
export function treeOf(chunks: SecretChunks): SecretTree {
  const leaves = chunks.flat()
  return Array.from({ length: Math.max(0, leaves.length * 2 - 1) }, (_, node) =>
    node % 2 === 0 ? (leaves[node / 2] ?? NOTHING) : NOTHING,
  )
}

/** With the ratchets of one leaf as `tree` has them. */
export function withLeaf(chunks: SecretChunks, leaf: number, tree: SecretTree): SecretChunks {
  const stepped = tree[leaf * 2]
  if (stepped === undefined) throw new TypeError('a leaf without ratchets')
  const chunk = Math.floor(leaf / CHUNK)
  return chunks.with(chunk, (chunks[chunk] ?? []).with(leaf % CHUNK, stepped))
}

/** How many keys for messages were taken from one leaf's ratchet. */
export function generationOf(chunks: SecretChunks, leaf: number): number {
  return chunks[Math.floor(leaf / CHUNK)]?.[leaf % CHUNK]?.application.generation ?? 0
}

/** A chunk's octets. */
export function writeChunk(chunk: readonly SecretTreeNode[]): Uint8Array {
  return encode(secretTreeEncoder)([...chunk])
}

/** The inverse of {@link writeChunk}. Throws when a record is damaged. */
export function readChunk(octets: Uint8Array): readonly SecretTreeNode[] {
  const [chunk] = decodeSecretTree(octets, 0) ?? []
  if (chunk === undefined) throw new TypeError('a stored chunk of secrets is damaged')
  return chunk
}
