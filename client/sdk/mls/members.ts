/** The members of a group, as its ratchet tree has them. */

import type { LeafNode } from 'ts-mls/leafNode.js'
import { type Node, type RatchetTree, getHpkePublicKey } from 'ts-mls/ratchetTree.js'
import { toBase64url } from '#protocol/bytes.ts'
import type { DeviceAddress } from '#protocol/primitives.ts'
import { addressOf } from './credential.ts'
import { RefusedError } from './refusal.ts'

/** One device that is a member. */
export interface GroupMember extends DeviceAddress {
  /** Its leaf's index (RFC 9420 section 4.1). It may be another device's after this one was removed. */
  readonly leaf: number
}

/** The members of one tree, with ways to find them. */
export interface MemberIndex {
  /** By leaf. */
  readonly list: readonly GroupMember[]
  at(leaf: number): GroupMember | undefined
  find(address: DeviceAddress): GroupMember | undefined
  /** Whether an account has a device in the group. */
  hasAccount(account: string): boolean
  /** Accounts, each once, in the order of their first leaf. */
  readonly accounts: readonly string[]
}

/** Text that is the same for the same device, for sets and maps. */
export function nameOf({ account, device }: DeviceAddress): string {
  return `${account} ${device}`
}

/** Trees are never changed in place, so that what was read from one stays true. */
const indexes = new WeakMap<RatchetTree, MemberIndex>()

/**
 * Reads a tree's leaves.
 *
 * @throws RefusedError when a leaf's credential is none of ours, or a device or a key is there twice: the library
 * compares the keys of a new leaf with nobody's (RFC 9420 section 7.3)
 */
export function membersOf(tree: RatchetTree): MemberIndex {
  const known = indexes.get(tree)
  if (known !== undefined) return known
  const list: GroupMember[] = []
  const byLeaf = new Map<number, GroupMember>()
  const byName = new Map<string, GroupMember>()
  const keys = new Set<string>()
  let count = 0
  for (const [index, node] of tree.entries()) {
    if (node === undefined) continue
    const { address, keys: own } = readNode(node)
    count += own.length
    for (const key of own) keys.add(key)
    if (address === undefined) continue
    const member = { ...address, leaf: index / 2 }
    if (byName.has(nameOf(member))) throw new RefusedError('commitInvalid', 'a device has two leaves')
    list.push(member)
    byLeaf.set(member.leaf, member)
    byName.set(nameOf(member), member)
  }
  if (keys.size !== count) throw new RefusedError('commitInvalid', 'two nodes have the same key')
  const accounts = [...new Set(list.map(({ account }) => account))]
  const accountSet = new Set(accounts)
  const index: MemberIndex = {
    list,
    accounts,
    at: (leaf) => byLeaf.get(leaf),
    find: (address) => byName.get(nameOf(address)),
    hasAccount: (account) => accountSet.has(account),
  }
  indexes.set(tree, index)
  return index
}

interface NodeFacts {
  /** Of a leaf. */
  readonly address: DeviceAddress | undefined
  /** Text of the node's keys. */
  readonly keys: readonly string[]
}

/** Most nodes of a tree are those of the tree before. */
const facts = new WeakMap<Node, NodeFacts>()
/** Length of the X25519 part, which is last in X-Wing's keys, too. */
const X25519_LENGTH = 32

function readNode(node: Node): NodeFacts {
  const known = facts.get(node)
  if (known !== undefined) return known
  const encryptionKey = `encryption ${toBase64url(getHpkePublicKey(node).subarray(-X25519_LENGTH))}`
  const read =
    node.nodeType === 'parent'
      ? { address: undefined, keys: [encryptionKey] }
      : {
          address: addressOf(node.leaf.credential),
          keys: [encryptionKey, `signature ${toBase64url(node.leaf.signaturePublicKey)}`],
        }
  facts.set(node, read)
  return read
}

/** The leaf node at a leaf index. */
export function leafAt(tree: RatchetTree, leaf: number): LeafNode | undefined {
  const node = tree[leaf * 2]
  return node?.nodeType === 'leaf' ? node.leaf : undefined
}
