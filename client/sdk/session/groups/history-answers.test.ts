import { describe, expect, it } from 'vitest'
import { randomBytes } from '#protocol/bytes.ts'
import { TestDevice } from '../../mls/testing/device.ts'
import { aliceBobCarol } from '../../mls/testing/group.ts'
import { newWish } from './history-rules.ts'
import { World } from './testing/history-world.ts'

const TEXTS = ['1', '2', '3', '4']

async function worldWith(history?: number): Promise<World> {
  const world = new World()
  await world.beginWith(TEXTS, history)
  return world
}

describe('a member’s device that is asked for history (Y-3)', () => {
  it('answers members with as much as the group shows, once a minute', async () => {
    const world = await worldWith(3)
    const carol = world.carol.device.address
    expect(await world.request(carol)).toEqual(['4', '3', '2'])
    expect(await world.request(carol)).toHaveLength(3)
    world.now += 60_000
    expect(await world.request(carol)).toHaveLength(6)
  })

  it('answers nothing where the group shows nothing', async () => {
    const world = await worldWith()
    expect(await world.request(world.carol.device.address)).toEqual([])
    expect(world.later).toHaveLength(0)
  })

  it('answers nobody who is no member, or only has the name of one', async () => {
    const world = await worldWith(3)
    const stranger = (await aliceBobCarol()).carol
    await world.list(stranger.device.address.account, randomBytes(32))
    expect(await world.request(stranger.device.address)).toEqual([])
    const carol = world.carol.device.address
    expect(await world.request({ ...carol, device: 2 })).toEqual([])
    // Somebody who writes under Carol’s name with another device key: the relay, to who never wrote with her.
    await world.list(carol.account, randomBytes(32))
    expect(await world.request(carol)).toEqual([])
    expect(world.later).toHaveLength(0)
  })

  it('does not answer when it has left, or waits itself', async () => {
    const world = await worldWith(3)
    const carol = world.carol.device.address
    const waiting = newWish(3, 9, undefined)
    const set = (change: object) => async (draft: Parameters<typeof world.book.put>[0]) => {
      const { history: _none, ...record } = await world.book.recordOrNew(draft, world.group)
      world.book.put(draft, world.group, { ...record, ...change })
    }
    expect(await world.request(carol, set({ history: waiting }))).toEqual([])
    expect(await world.request(carol, set({ stage: 'left' }))).toEqual([])
    expect(await world.request(carol, set({ stage: 'joined' }))).toHaveLength(3)
  })

  it('leaves it to others first when it has not all that the group would show', async () => {
    const world = await worldWith(25)
    const carol = world.carol.device.address
    expect(await world.request(carol)).toEqual([])
    expect(world.later).toHaveLength(1)
    world.later[0]?.()
    await world.core.transact(() => Promise.resolve())
    expect(world.queued(carol.account)).toEqual(TEXTS.toReversed())
  })

  it('shows a further device of its own account also what was shared with itself', async () => {
    const world = new World()
    await world.beginWaiting()
    await world.ask()
    await world.answer(world.alice, ['2', '1'])
    // A second device of Bob’s in the group, which shows joiners two messages by now.
    const second = await TestDevice.create(world.bob.device.directory, world.own, 2)
    await world.bob.add(second)
    await world.alice.read()
    await world.alice.change({ history: 2 })
    await world.bob.read()
    await world.adopt(world.bob.state, second)
    expect(await world.request(second.address)).toEqual(['2', '1'])
    // Others get nothing of it, now or later.
    const carol = world.carol.device.address
    expect(await world.request(carol)).toEqual([])
    for (const later of world.later) later()
    await world.core.transact(() => Promise.resolve())
    expect(world.queued(carol.account)).toEqual([])
  })
})
