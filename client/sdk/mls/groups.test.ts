/** Groups from end to end, over a relay that only keeps the order. */

import { describe, expect, it } from 'vitest'
import { GROUP_SUITES } from '#protocol/groups/entries.ts'
import { detailsOf, epochOf, membersIn } from './group-state.ts'
import { nameOf } from './members.ts'
import { aliceBobCarol, groupOf } from './testing/group.ts'
import { refusalsOf, textsOf } from './testing/member.ts'

describe.each(GROUP_SUITES)('in suite %i', (suite) => {
  it.each([2, 5])(
    '%i accounts of two devices agree on keys, members and details, and read each other',
    async (count) => {
      const { members } = await groupOf(count, 2, suite)
      for (const [at, member] of members.entries()) {
        await member.read()
        await member.say(`from ${at}`)
      }
      const expected = members.map((_, at) => `from ${at}`)
      for (const [at, member] of members.entries()) {
        expect(textsOf(await member.read())).toEqual(expected.slice(at + 1))
      }
      expect(new Set(members.map(({ authenticator }) => authenticator)).size).toBe(1)
      expect(new Set(members.map(({ state }) => membersIn(state).list.map(nameOf).join())).size).toBe(1)
      expect(new Set(members.map(({ state }) => JSON.stringify(detailsOf(state)))).size).toBe(1)
      expect(new Set(members.map(({ state }) => state.sendKey.publicKey)).size).toBe(1)
    },
  )

  it('who was removed cannot read what follows (U-9)', async () => {
    const { alice, bob } = await aliceBobCarol(suite)
    await alice.change({ remove: [bob.device.address] })
    await alice.say('without bob')
    const outcomes = await bob.read()
    expect(outcomes).toMatchObject([{ kind: 'removed', by: alice.device.address }])
    const last = bob.relay.log.at(-1)
    if (last?.kind !== 'message') throw new Error('nothing was said')
    // Also when the relay tells it another epoch and place.
    const shown = { ...last, seq: bob.state.seq + 1, epoch: epochOf(bob.state) }
    expect(refusalsOf([await bob.take(shown)])).toEqual(['messageInvalid'])
  })
})
