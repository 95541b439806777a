/** What joiners refuse of a tree, also when its hash is that of the group context (RFC 9420 section 12.4.3.1). */

import type { Node, NodeParent, RatchetTree } from 'ts-mls/ratchetTree.js'
import type { LeafNode } from 'ts-mls/leafNode.js'
import { treeHashRoot } from 'ts-mls/treeHash.js'
import { beforeAll, describe, expect, it } from 'vitest'
import { LeafCheck } from './credential.ts'
import { History } from './history.ts'
import type { GroupState } from './group-state.ts'
import { leafAt, membersOf } from './members.ts'
import { suiteOf } from './suite.ts'
import { groupOf } from './testing/group.ts'
import { checkStructure, checkTree } from './tree-check.ts'

describe('a tree', () => {
  let state: GroupState
  beforeAll(async () => {
    const { members } = await groupOf(7)
    for (const member of members) {
      await member.read()
      await member.change({})
    }
    const last = members.at(-1)
    if (last === undefined) throw new Error('nobody is there')
    state = last.state
  })

  const check = async (tree: RatchetTree) => {
    const suite = await suiteOf(1)
    const context = { ...state.core.groupContext, treeHash: await treeHashRoot(tree, suite.hash) }
    const trusting = new LeafCheck(
      () => Promise.resolve(undefined),
      () => false,
      true,
    )
    await checkTree(tree, context, trusting, suite)
  }

  /** With another node in the place of the one at this index. */
  const replaced = (index: number, node: Node | undefined): RatchetTree => state.tree.with(index, node)
  const leaf = (at: number): LeafNode => leafAt(state.tree, at) ?? never()
  const parent = (index: number): NodeParent => {
    const node = state.tree[index]
    return node?.nodeType === 'parent' ? node : never()
  }
  const withParent = (index: number, changes: Partial<NodeParent['parent']>): RatchetTree =>
    replaced(index, { nodeType: 'parent', parent: { ...parent(index).parent, ...changes } })

  it('as it is is valid', async () => {
    await expect(check(state.tree)).resolves.toBeUndefined()
  })

  it('that is not the group context’s is refused', async () => {
    const suite = await suiteOf(1)
    const context = { ...state.core.groupContext, treeHash: new Uint8Array(32) }
    const trusting = new LeafCheck(
      () => Promise.resolve(undefined),
      () => false,
      true,
    )
    await expect(checkTree(state.tree, context, trusting, suite)).rejects.toThrow('not that of the group context')
  })

  it('with a leaf that its owner did not sign is refused', async () => {
    const changed = { ...leaf(2), capabilities: { ...leaf(2).capabilities, proposals: [7] } }
    await expect(check(replaced(4, { nodeType: 'leaf', leaf: changed }))).rejects.toThrow('parent hash')
    // Section 7.9: a leaf’s own fields are under its parent’s hash, too; of the last path, nothing is above them.
    const [own, other] = [
      { ...leaf(6), capabilities: changed.capabilities },
      { ...leaf(6), extensions: [] },
    ]
    await expect(check(replaced(12, { nodeType: 'leaf', leaf: own }))).rejects.toThrow('not signed')
    await expect(check(replaced(12, { nodeType: 'leaf', leaf: other }))).resolves.toBeUndefined()
  })

  it('with another key, hash or unmerged leaf in a parent is refused', async () => {
    for (const index of [1, 3, 7, 11]) {
      const { hpkePublicKey, parentHash } = parent(index).parent
      const otherKey = hpkePublicKey.with(0, (hpkePublicKey[0] ?? 0) ^ 1)
      await expect(check(withParent(index, { hpkePublicKey: otherKey }))).rejects.toThrow('parent hash')
      const otherHash = parentHash.length === 0 ? new Uint8Array(32) : parentHash.map((octet) => octet ^ 1)
      await expect(check(withParent(index, { parentHash: otherHash }))).rejects.toThrow('parent hash')
    }
    await expect(check(withParent(3, { unmergedLeaves: [5] }))).rejects.toThrow('unmerged leaf is none')
    await expect(check(withParent(3, { unmergedLeaves: [2, 1] }))).rejects.toThrow('unmerged leaf is')
    await expect(check(withParent(11, { unmergedLeaves: [7] }))).rejects.toThrow('unmerged leaf is none')
    await expect(check(withParent(3, { unmergedLeaves: [1] }))).rejects.toThrow('merged below')
  })

  it('with a parent that nobody set, or a node of the wrong kind, is refused', async () => {
    await expect(check(replaced(13, parent(11)))).rejects.toThrow('same key')
    const set: Node = { nodeType: 'parent', parent: { ...parent(11).parent, hpkePublicKey: new Uint8Array(32) } }
    await expect(check(replaced(13, set))).rejects.toThrow('parent hash')
    const anyHash = new Uint8Array(32)
    await expect(checkStructure(replaced(14, set), anyHash, await suiteOf(1))).rejects.toThrow('malformed')
  })

  it('with a device or a key in two places is refused', () => {
    expect(() => membersOf(replaced(14, { nodeType: 'leaf', leaf: leaf(0) }))).toThrow('two leaves')
    const twin = (changes: Partial<LeafNode>) =>
      membersOf(replaced(2, { nodeType: 'leaf', leaf: { ...leaf(1), ...changes } as LeafNode }))
    expect(() => twin({ signaturePublicKey: leaf(0).signaturePublicKey })).toThrow('same key')
    expect(() => twin({ hpkePublicKey: leaf(0).hpkePublicKey })).toThrow('same key')
    expect(() => twin({ hpkePublicKey: parent(3).parent.hpkePublicKey })).toThrow('same key')
    expect(twin({}).list).toHaveLength(7)
  })
})

it('a history that is ahead of the own one is another one, wherever it is', () => {
  const history = History.start('AAAAAAAAAAAAAAAAAAAAAA', 3)
  for (const count of [1, 63, 64, 1_000]) {
    expect(history.compare({ count, chain: history.end.chain })).toBe('forked')
  }
})

function never(): never {
  throw new Error('unreachable')
}
