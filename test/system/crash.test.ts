import { afterAll, beforeAll, expect, it } from 'vitest'
import type { DemoDevice } from '#scripts/demo/device.ts'
import { People, accountOf } from '../support/people.ts'
import { TestSystem, eventually } from '../support/system.ts'

const ROUNDS = 3
const SENDERS = ['Ada', 'Ben', 'Cleo']
const MESSAGES = 12

let system: TestSystem
let people: People

beforeAll(async () => {
  system = await TestSystem.start({ env: { PERSIST_AFTER_S: '0' } })
  people = await People.at(system.url)
})

afterAll(async () => {
  await people.close()
  await system.stop()
})

/** Resolves once the device's application has been told of this many texts more. */
function heard(device: DemoDevice, count: number): Promise<void> {
  return new Promise((resolve) => {
    let left = count
    const off = device.engine.on('message', ({ content }) => {
      if (content.kind === 'text' && (left -= 1) === 0) {
        off()
        resolve()
      }
    })
  })
}

/** Resolves once the relay has accepted this many of a device's messages. */
function accepted(device: DemoDevice, count: number): Promise<void> {
  return new Promise((resolve) => {
    let left = count
    const off = device.engine.on('messageState', ({ state }) => {
      if (state === 'sent' && (left -= 1) === 0) {
        off()
        resolve()
      }
    })
  })
}

it('workerd killed between accept and delivery, round after round: nothing is lost, doubled or out of order', async () => {
  let recipient = await people.register('Recipient')
  const to = accountOf(recipient)
  const senders = await Promise.all(SENDERS.map((name) => people.register(name)))
  await Promise.all(senders.map((sender) => sender.online()))

  for (let round = 0; round < ROUNDS; round += 1) {
    const connected = round % 2 === 1
    if (connected) await recipient.online()
    const texts = senders.map((sender) => Array.from({ length: MESSAGES }, (_, n) => `${sender.name} ${round}.${n}`))
    const someAccepted = Promise.all(senders.map((sender) => accepted(sender, 3)))
    const sends = senders.map(async (sender, index) => {
      const ids: string[] = []
      for (const text of texts[index] ?? []) ids.push(await sender.engine.sendText(to, text))
      return ids
    })
    await someAccepted
    await system.crashEdge()
    for (const device of [...senders, recipient]) device.engine.networkAvailable()

    const ids = await Promise.all(sends)
    if (!connected) await recipient.online()
    for (const [index, sender] of senders.entries()) {
      for (const id of ids[index] ?? []) await sender.expectState(id, 'delivered')
    }
    const told = recipient.texts()
    for (const [index, sender] of senders.entries()) {
      expect(told.filter((text) => text.startsWith(sender.name))).toEqual(texts[index])
    }
    expect(told).toHaveLength(SENDERS.length * MESSAGES)

    recipient = await people.restart(recipient)
  }
  // What its file holds is what was told, over all rounds.
  const kept = await Promise.all(
    senders.map((sender) => recipient.engine.messages(accountOf(sender), { limit: 1_000 })),
  )
  expect(kept.map((messages) => messages.length)).toEqual(SENDERS.map(() => ROUNDS * MESSAGES))
})

it('workerd killed in the middle of a fan-out, round after round: every member gets each group message once, in one order', async () => {
  const members = await Promise.all(['Fay', 'Gil', 'Hal', 'Ida', 'Jim', 'Kit'].map((name) => people.register(name)))
  await Promise.all(members.map((member) => member.online()))
  const [fay, gil, hal, ...listeners] = members as [DemoDevice, DemoDevice, DemoDevice, ...DemoDevice[]]
  const { group } = await fay.engine.groups.create('Storm', [], { suite: 1 })
  await eventually('everybody can be added', async () => {
    const others = members.slice(1).map(accountOf)
    return (await fay.engine.groups.add(group, others)).unreachable.length === 0
  })
  await eventually('everybody is in', async () => {
    const views = await Promise.all(members.map((member) => member.engine.groups.view(group).catch(() => undefined)))
    return views.every((view) => view?.stage === 'joined')
  })
  const senders = [fay, gil, hal]
  const written: string[] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    // Somebody has it, and the next ones are on their way to the others.
    const someGot = Promise.race(listeners.map((listener) => heard(listener, 4)))
    const texts = senders.map((sender) => Array.from({ length: MESSAGES }, (_, n) => `${sender.name} ${round}.${n}`))
    const sends = senders.map(async (sender, at) => {
      for (const text of texts[at] ?? []) await sender.engine.sendText(group, text)
    })
    await someGot
    await system.crashEdge()
    for (const member of members) member.engine.networkAvailable()
    await Promise.all(sends)
    written.push(...texts.flat())
    await eventually('everybody has everything', async () => {
      const kept = await Promise.all(members.map((member) => textsIn(member, group)))
      return kept.every(({ length }) => length >= written.length)
    })
  }
  const orders = listeners.map((listener) => listener.texts().filter((text) => !text.startsWith('(')))
  for (const order of orders) expect(order).toEqual(orders[0])
  for (const [at, order] of orders.entries()) {
    for (const sender of senders) {
      const own = written.filter((text) => text.startsWith(sender.name))
      expect(order.filter((text) => text.startsWith(sender.name))).toEqual(own)
    }
    expect(order).toHaveLength(written.length)
    expect(await textsIn(listeners[at] ?? fay, group)).toEqual(order)
  }
  for (const sender of senders) expect((await textsIn(sender, group)).toSorted()).toEqual(written.toSorted())
})

async function textsIn(device: DemoDevice, group: string): Promise<string[]> {
  const messages = await device.engine.messages(group, { limit: 1_000 })
  return messages.flatMap(({ content }) => (content.kind === 'text' ? [content.body] : []))
}
