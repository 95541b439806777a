import { afterAll, beforeAll, expect, it } from 'vitest'
import type { DemoDevice } from '#scripts/demo/device.ts'
import { People, accountOf } from '../support/people.ts'
import { TestSystem } from '../support/system.ts'

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
