import { beforeEach, describe, expect, it } from 'vitest'
import { randomBytes } from '#protocol/bytes.ts'
import { aliceBobCarol } from '../../mls/testing/group.ts'
import { readMessages } from '../conversations.ts'
import { drawMessageId } from '../message-id.ts'
import { applyGroupContent, profileOf } from './content.ts'
import { World, idOf } from './testing/history-world.ts'

describe('a device that waits for messages from before it came (Y-6, Y-7)', () => {
  let world: World
  beforeEach(async () => {
    world = new World()
    await world.beginWaiting()
  })

  it('puts them before its coming, the newest last, and tells nobody', async () => {
    await world.ask()
    await world.answer(world.alice, ['3', '2', '1'])
    const messages = await readMessages(world.store, world.group, world.own, { limit: 100 })
    const words = messages.map(({ content }) => (content.kind === 'text' ? content.body : content.kind))
    expect(words).toEqual(['1', '2', '3', 'groupEvent'])
    expect(messages[0]?.sharedBy).toBe(world.alice.device.address.account)
    expect(await world.isWaiting()).toBe(false)
    expect({ changed: world.changed, told: world.told }).toEqual({ changed: 1, told: 0 })
  })

  it('takes nothing before it asked, after it was answered, or of a group that it does not know', async () => {
    await world.answer(world.alice, ['early'])
    await world.ask()
    await world.answer(world.alice, ['other'], { group: drawMessageId() })
    await world.answer(world.alice, ['for another device'], { device: 2 })
    await world.answer(world.alice, ['1'])
    await world.answer(world.alice, ['late'], { start: 1 })
    expect(await world.texts()).toEqual(['1'])
  })

  it('takes one member’s answer, and no more than the group shows', async () => {
    await world.ask()
    await world.answer(world.alice, ['3', '2'], { isLast: false })
    await world.answer(world.carol, ['forged'], { start: 2 })
    await world.answer(world.alice, ['again'], { start: 0 })
    await world.answer(world.alice, ['1', '0', '-1', '-2'], { start: 2, isLast: false })
    expect(await world.texts()).toEqual(['-1', '0', '1', '2', '3'])
    expect(await world.isWaiting()).toBe(false)
  })

  it('takes nothing of who is no member, or is not the device that it says', async () => {
    await world.ask()
    const stranger = (await aliceBobCarol()).alice
    await world.answer(stranger, ['of a stranger'])
    // Somebody who writes under Alice’s name with another device key: the relay, to who never wrote with her.
    await world.list(world.alice.device.address.account, randomBytes(32))
    await world.answer(world.alice, ['of an impostor'])
    expect(await world.texts()).toEqual([])
    await world.answer(world.carol, ['1'])
    expect(await world.texts()).toEqual(['1'])
  })

  it('learns how authors call themselves, and of nobody else', async () => {
    await world.ask()
    const [alice, bob, carol] = [world.alice, world.bob, world.carol].map(({ device }) => device.address.account)
    const profiles = [alice, bob, carol].flatMap((account) => (account === undefined ? [] : { account, name: 'Name' }))
    await world.answer(world.alice, ['1'], { profiles })
    const names = await world.core.transact((draft) =>
      Promise.all([alice, bob, carol].map((account) => profileOf(draft, account ?? ''))),
    )
    expect(names).toEqual([{ name: 'Name' }, {}, {}])
  })

  it('goes on after a crash between two parts, which may come in any order and twice', async () => {
    await world.ask()
    await world.answer(world.alice, ['1'], { start: 2 })
    await world.open()
    await world.answer(world.alice, ['1'], { start: 2 })
    expect(await world.isWaiting()).toBe(true)
    await world.answer(world.alice, ['3', '2'], { isLast: false })
    expect(await world.texts()).toEqual(['1', '2', '3'])
    expect(await world.isWaiting()).toBe(false)
  })

  it('remembers after a crash that it has to ask', async () => {
    await world.open()
    await world.wishes.askAll()
    const { alice, carol } = world
    const asked = [...world.outbox.entries.values()].map(({ item }) => item.to)
    expect(asked.toSorted()).toEqual([alice, carol].map(({ device }) => device.address.account).toSorted())
    await world.wishes.askAll()
    expect(world.outbox.entries.size).toBe(2)
  })

  it('has the message itself, not the copy, once that comes', async () => {
    await world.ask()
    await world.answer(world.alice, ['forged', '1'])
    const from = world.alice.device.address
    const entry = { kind: 'message', seq: 9, at: 7, messageId: idOf('forged'), epoch: 1, body: '' } as const
    for (let twice = 0; twice < 2; twice += 1) {
      await world.core.transact((draft) =>
        applyGroupContent(world.core, draft, world.state, from, entry, { kind: 'text', body: 'true' }),
      )
    }
    expect(await world.texts()).toEqual(['1', 'true'])
    expect(world.told).toBe(1)
  })
})
