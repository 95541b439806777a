/** Each defect of ts-mls that our own code goes around, shown on the library as it comes: a version without it needs less of us. */

import { describe, expect, it } from 'vitest'
import { createCommit } from 'ts-mls/createCommit.js'
import { processPrivateMessage } from 'ts-mls/processMessages.js'
import { emptyPskIndex } from 'ts-mls/pskIndex.js'
import { addHistoricalReceiverData, validateRatchetTree } from 'ts-mls/clientState.js'
import type { Proposal } from 'ts-mls/proposal.js'
import { extensionsFor } from './details.ts'
import { configWith } from './config.ts'
import { LeafCheck } from './credential.ts'
import { detailsOf, libraryState, membersIn } from './group-state.ts'
import { suiteOf } from './suite.ts'
import { checkTree } from './tree-check.ts'
import { TestDevice, randomId } from './testing/device.ts'
import { groupOf } from './testing/group.ts'
import type { TestMember } from './testing/member.ts'

const trusting = { validateCredential: () => Promise.resolve(true) }

function at(members: readonly TestMember[], index: number): TestMember {
  const member = members[index]
  if (member === undefined) throw new Error('no such member')
  return member
}

describe('the library as it comes', () => {
  it('makes a commit that removes somebody and changes the context, which no member can follow', async () => {
    const { members } = await groupOf(3)
    const [alice, bob] = [at(members, 0), at(members, 1)]
    const extensions = extensionsFor({ ...detailsOf(alice.state), name: 'renamed' })
    const proposals: Proposal[] = [
      { proposalType: 'remove', remove: { removed: 2 } },
      { proposalType: 'group_context_extensions', groupContextExtensions: { extensions } },
    ]
    const suite = await suiteOf(1)
    const follow = async (extraProposals: Proposal[]) => {
      const context = { state: libraryState(alice.state, trusting), cipherSuite: suite }
      const { commit } = await createCommit(context, { extraProposals })
      if (commit.wireformat !== 'mls_private_message') throw new Error('not as members send it')
      return processPrivateMessage(libraryState(bob.state, trusting), commit.privateMessage, emptyPskIndex, suite)
    }
    await expect(follow(proposals)).rejects.toThrow()
    await expect(follow(proposals.slice(0, 1))).resolves.toMatchObject({ kind: 'newState' })

    // Ours.
    await alice.change({ remove: [at(members, 2).device.address], name: 'renamed' })
    await expect(bob.read()).resolves.toMatchObject([{ kind: 'applied' }])
    expect(bob.authenticator).toBe(alice.authenticator)
  })

  it('changes the context without a path, which RFC 9420 section 12.4 requires', async () => {
    const { members } = await groupOf(2)
    const [alice, bob] = [at(members, 0), at(members, 1)]
    const before = alice.state
    const proposals: Proposal[] = [
      {
        proposalType: 'group_context_extensions',
        groupContextExtensions: { extensions: extensionsFor({ ...detailsOf(before), name: 'renamed' }) },
      },
    ]
    const context = { state: libraryState(before, trusting), cipherSuite: await suiteOf(1) }
    const { newState } = await createCommit(context, { extraProposals: proposals })
    expect(newState.ratchetTree[0]).toBe(before.tree[0])

    // Ours.
    await alice.change({ name: 'renamed' })
    await bob.read()
    expect(alice.state.tree[0]).not.toEqual(before.tree[0])
    expect(bob.authenticator).toBe(alice.authenticator)
  })

  it('refuses a valid tree in which two leaves are unmerged at different heights', async () => {
    const { directory, members } = await groupOf(8)
    const founder = at(members, 0)
    // A place becomes free in each half, under parents that others then set.
    await founder.change({ remove: [at(members, 1).device.address, at(members, 5).device.address] })
    for (const index of [2, 6]) {
      await at(members, index).read()
      await at(members, index).change({})
    }
    await founder.read()
    const newcomers = [
      await TestDevice.create(directory, randomId(), 1),
      await TestDevice.create(directory, randomId(), 1),
    ]
    const [joined] = await founder.add(...newcomers)
    const { tree, core } = joined?.state ?? founder.state
    const suite = await suiteOf(1)
    const { lifetimeConfig } = configWith(trusting)
    const { groupContext } = core
    const verdict = validateRatchetTree(tree, groupContext, lifetimeConfig, trusting, groupContext.treeHash, suite)
    await expect(verdict).resolves.toBeInstanceOf(Error)

    // Ours.
    const check = new LeafCheck(directory.resolve, () => false, true)
    await expect(checkTree(tree, groupContext, check, suite)).resolves.toBeUndefined()
    expect(membersIn(joined?.state ?? founder.state).list).toHaveLength(8)
  })

  it('keeps the keys of all former epochs when it is told to keep none', async () => {
    const founder = at((await groupOf(2)).members, 0)
    const [kept] = addHistoricalReceiverData(libraryState(founder.state, trusting))
    expect(kept.size).toBe(1)

    // Ours.
    const before = founder.state
    await founder.change({})
    expect(libraryState(founder.state, trusting).historicalReceiverData.size).toBe(0)
    expect(founder.state.core.keySchedule.exporterSecret).not.toEqual(before.core.keySchedule.exporterSecret)
  })
})
