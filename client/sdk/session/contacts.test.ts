import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Engine } from './engine.ts'
import type { Conversation } from './events.ts'
import { FakeSealed } from './testing/fake-sealed.ts'
import { Harness, collect, idOf, texts, until } from './testing/harness.ts'

let harness = new Harness()
let sealed = new FakeSealed()
beforeEach(() => {
  harness = new Harness()
  harness.relay.sealed = sealed = new FakeSealed()
})
afterEach(() => harness.close())

const asking = { acceptsStrangers: false }

async function conversation(engine: Engine, other: Engine): Promise<Conversation | undefined> {
  return (await engine.conversations()).find(({ account }) => account === idOf(other))
}

async function stateOf(engine: Engine, to: Engine): Promise<string | undefined> {
  return (await engine.messages(idOf(to))).at(-1)?.state
}

/** Ada writes to Bob, who does not know her. */
async function requested(): Promise<[Engine, Engine]> {
  const [ada, bob] = [await harness.person('ada'), await harness.person('bob', asking)]
  await ada.sendText(idOf(bob), 'hello')
  await until(async () => (await texts(bob, idOf(ada))).length === 1)
  return [ada, bob]
}

/** As many deliveries to an account as nothing could be missing from. */
const deliveriesTo = (engine: Engine) =>
  sealed.requests.flatMap(({ deliveries }) => deliveries.filter(({ to }) => to === engine.account))

describe('a request', () => {
  it('MR-1: is what strangers begin with everybody who has not said otherwise', async () => {
    await harness.close()
    const relay = harness.relay
    harness = new Harness({ fetch: relay.fetchFor('bob'), openSocket: relay.openSocket, settings: {} })
    const bob = await harness.open('bob')
    expect(bob.settings.acceptsStrangers).toBe(false)
    await bob.register({ username: 'bob' })
    await bob.connect()
    const others = new Harness({ fetch: relay.fetchFor('ada'), openSocket: relay.openSocket })
    const ada = await others.person('ada')
    await ada.sendText(idOf(bob), 'hello')
    await until(async () => (await texts(bob, idOf(ada))).length === 1)
    expect((await conversation(bob, ada))?.request).toBe(true)
    // Chosen once, it holds.
    await bob.changeSettings({ acceptsStrangers: true })
    await harness.close()
    expect((await harness.open('bob')).settings.acceptsStrangers).toBe(true)
    await others.close()
  })

  it('MR-1: is what a stranger begins, who learns nothing of its reader', async () => {
    const [ada, bob] = await requested()
    expect(await conversation(bob, ada)).toMatchObject({ request: true, unread: 1, name: 'ADA' })
    await bob.markRead(idOf(ada))
    await bob.setTyping(idOf(ada), true)
    await until(() => harness.hasSentAll('bob'))
    expect(await stateOf(ada, bob)).toBe('sent')
    expect(deliveriesTo(ada)).toEqual([])
    await ada.sendText(idOf(bob), 'are you there?')
    await until(async () => (await texts(bob, idOf(ada))).length === 2)
    expect((await conversation(bob, ada))?.request).toBe(true)
  })

  it('MR-2: is accepted by saying so: then its author has the key and the receipts, and nobody asks again', async () => {
    const [ada, bob] = await requested()
    await bob.markRead(idOf(ada))
    await ada.sendText(idOf(bob), 'unread')
    await until(async () => (await texts(bob, idOf(ada))).length === 2)
    await bob.decide(idOf(ada), 'accepted')
    await until(async () => (await stateOf(ada, bob)) === 'delivered')
    await until(async () => (await ada.messages(idOf(bob)))[0]?.state === 'read')
    expect((await conversation(bob, ada))?.request).toBeUndefined()
    await ada.sendText(idOf(bob), 'thanks')
    await until(async () => (await conversation(ada, bob))?.way === 'sealed')
    await until(async () => (await stateOf(ada, bob)) === 'delivered')
  })

  it('MR-2: is accepted by an answer', async () => {
    const [ada, bob] = await requested()
    await bob.sendText(idOf(ada), 'hi')
    await until(async () => (await texts(ada, idOf(bob))).length === 2)
    expect((await conversation(bob, ada))?.request).toBeUndefined()
    expect((await conversation(ada, bob))?.request).toBeUndefined()
    await until(async () => (await ada.messages(idOf(bob)))[0]?.state === 'delivered')
  })

  it('MR-2: is deleted with what was written in it, and the next message begins another', async () => {
    const [ada, bob] = await requested()
    const changes = collect(bob, 'timelineChanged')
    await bob.decide(idOf(ada), 'deleted')
    expect(await conversation(bob, ada)).toBeUndefined()
    expect(await texts(bob, idOf(ada))).toEqual([])
    expect(changes).toEqual([{ conversation: idOf(ada) }])
    await ada.sendText(idOf(bob), 'please')
    await until(async () => (await texts(bob, idOf(ada))).length === 1)
    expect(await texts(bob, idOf(ada))).toEqual(['please'])
    expect(await conversation(bob, ada)).toMatchObject({ request: true, name: 'ADA' })
    // Her name and key were told once, and are not told again.
    await bob.decide(idOf(ada), 'accepted')
    await until(async () => (await stateOf(ada, bob)) === 'delivered')
    await bob.sendText(idOf(ada), 'well')
    await until(async () => (await texts(ada, idOf(bob))).includes('well'))
    await until(async () => (await conversation(bob, ada))?.way === 'sealed')
  })
})

describe('who is blocked', () => {
  it('MR-3: is not heard, loses the key, and the other contacts have the new one', async () => {
    const [ada, bob] = await requested()
    const carol = await harness.person('carol')
    for (const friend of [ada, carol]) {
      await bob.sendText(idOf(friend), 'hi')
      await until(async () => (await texts(friend, idOf(bob))).includes('hi'))
    }
    await carol.sendText(idOf(bob), 'before')
    await until(async () => (await texts(bob, idOf(carol))).includes('before'))
    await until(async () => (await conversation(carol, bob))?.way === 'sealed')
    await bob.decide(idOf(ada), 'blocked')
    await until(() => sealed.keyVersion(idOf(bob)) === 2)
    await until(() => harness.hasSentAll('bob'))
    expect((await conversation(bob, ada))?.blocked).toBe(true)
    const heard = collect(bob, 'message')
    const before = deliveriesTo(ada).length
    await ada.sendText(idOf(bob), 'hey')
    await ada.setProfileName('Bob’s mother')
    await until(async () => (await stateOf(ada, bob)) === 'sent')
    await until(() => harness.hasSentAll('ada'))
    await carol.sendText(idOf(bob), 'after')
    await until(async () => (await texts(bob, idOf(carol))).includes('after'))
    expect(heard.map(({ content }) => content)).toMatchObject([{ body: 'after' }])
    expect((await conversation(bob, ada))?.name).toBe('ADA')
    expect(deliveriesTo(ada).length).toBe(before)
    expect([(await conversation(ada, bob))?.way, (await conversation(carol, bob))?.way]).toEqual(['token', 'sealed'])
    await expect(bob.sendText(idOf(ada), 'no')).rejects.toMatchObject({ code: 'contactBlocked' })
  })

  it('MR-3: is heard again once it is unblocked, and given the key with the first answer', async () => {
    const [ada, bob] = await requested()
    await bob.sendText(idOf(ada), 'hi')
    await until(async () => (await texts(ada, idOf(bob))).includes('hi'))
    await bob.decide(idOf(ada), 'blocked')
    await until(() => sealed.keyVersion(idOf(bob)) === 2)
    await bob.decide(idOf(ada), 'unblocked')
    await ada.sendText(idOf(bob), 'sorry')
    await until(async () => (await texts(bob, idOf(ada))).includes('sorry'))
    expect((await conversation(bob, ada))?.blocked).toBeUndefined()
    await bob.sendText(idOf(ada), 'fine')
    await until(async () => (await texts(ada, idOf(bob))).includes('fine'))
    await ada.sendText(idOf(bob), 'unseen again')
    await until(async () => (await conversation(ada, bob))?.way === 'sealed')
  })

  it('MR-3: as a stranger goes with the request, and never had a key to lose', async () => {
    const [ada, bob] = await requested()
    await bob.decide(idOf(ada), 'blocked')
    expect(await texts(bob, idOf(ada))).toEqual([])
    expect(await conversation(bob, ada)).toMatchObject({ blocked: true, unread: 0 })
    await until(() => harness.hasSentAll('bob'))
    expect(sealed.keyVersion(idOf(bob))).toBe(1)
    const before = deliveriesTo(bob).length
    await ada.sendText(idOf(bob), 'again')
    await until(() => deliveriesTo(bob).length > before)
    await until(async () => (await stateOf(ada, bob)) === 'sent')
    await bob.idle()
    expect(await texts(bob, idOf(ada))).toEqual([])
  })

  it('MR-3: gets nothing of what still waited for it', async () => {
    const [ada, bob] = await requested()
    await bob.sendText(idOf(ada), 'hi')
    await until(async () => (await texts(ada, idOf(bob))).includes('hi'))
    bob.disconnect()
    await bob.sendText(idOf(ada), 'regretted')
    await bob.decide(idOf(ada), 'blocked')
    expect(await stateOf(bob, ada)).toBe('failed')
    await bob.connect()
    await until(() => sealed.keyVersion(idOf(bob)) === 2)
    await until(() => harness.hasSentAll('bob'))
    expect(await texts(ada, idOf(bob))).not.toContain('regretted')
  })
})

it('MR-4: own devices decide alike, and have one delivery key after a block', async () => {
  const bob = await harness.person('bob', asking)
  const bob2 = await harness.linked('bob2', bob)
  await bob2.changeSettings(asking)
  const [ada, eve] = [await harness.person('ada'), await harness.person('eve')]
  for (const stranger of [ada, eve]) await stranger.sendText(idOf(bob), 'hello')
  await until(async () => (await conversation(bob2, ada))?.request === true)
  await until(async () => (await conversation(bob2, eve))?.request === true)
  await bob.decide(idOf(eve), 'deleted')
  await until(async () => (await conversation(bob2, eve)) === undefined)
  await bob2.decide(idOf(ada), 'accepted')
  await until(async () => (await conversation(bob, ada))?.request === undefined)
  await bob.decide(idOf(ada), 'blocked')
  await until(async () => (await conversation(bob2, ada))?.blocked === true)
  // What the second device gives the next contact opens the inbox.
  const carol = await harness.person('carol')
  await bob2.sendText(idOf(carol), 'hi')
  await until(async () => (await texts(carol, idOf(bob))).includes('hi'))
  await carol.sendText(idOf(bob), 'hello')
  await until(async () => (await conversation(carol, bob))?.way === 'sealed')
  expect(sealed.keyVersion(idOf(bob))).toBe(2)
})
