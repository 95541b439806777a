import { afterEach, describe, expect, it } from 'vitest'
import { drawMessageId } from './message-id.ts'
import { OUTBOX_QUEUE, outboxRecord, parseRecord } from './records.ts'
import { Harness, collect, idOf, texts, until } from './testing/harness.ts'

describe('a conversation', () => {
  let harness = new Harness()
  afterEach(async () => {
    await harness.close()
    harness = new Harness()
  })

  it('a text arrives, and its state goes from queued to sent, delivered and read', async () => {
    const [ada, bob] = [await harness.person('ada'), await harness.person('bob')]
    const states = collect(ada, 'messageState')
    const received = collect(bob, 'message')
    const to = await ada.findByUsername('@Bob')
    const id = await ada.sendText(to, 'hello', { styles: [{ start: 0, length: 5, style: 'bold' }] })
    expect((await ada.messages(to))[0]?.state).toBe('queued')
    await until(() => states.at(-1)?.state === 'delivered')
    expect(received.map(({ id: of, content }) => ({ of, content }))).toEqual([
      { of: id, content: { kind: 'text', body: 'hello', styles: [{ start: 0, length: 5, style: 'bold' }] } },
    ])
    expect((await bob.conversations())[0]).toMatchObject({
      account: idOf(ada),
      name: 'ADA',
      username: 'ada',
      unread: 1,
    })
    await bob.markRead(idOf(ada))
    await until(() => states.at(-1)?.state === 'read')
    expect(states.map(({ state }) => state)).toEqual(['sent', 'delivered', 'read'])
    expect((await bob.conversations())[0]?.unread).toBe(0)
  })

  it('a text that is sent again under its id is one message, also by the next engine', async () => {
    const [ada, bob] = [await harness.person('ada'), await harness.person('bob')]
    const received = collect(bob, 'message')
    const id = drawMessageId()
    ada.disconnect()
    const both = [ada.sendText(idOf(bob), 'hello', { id }), ada.sendText(idOf(bob), 'hello', { id })]
    expect(await Promise.all(both)).toEqual([id, id])
    await harness.close('ada')
    const again = await harness.open('ada')
    expect(await again.sendText(idOf(bob), 'hello', { id })).toBe(id)
    expect(await texts(again, bob.account)).toEqual(['hello'])
    const queue = (await harness.stores.get('ada')?.range('outbox', OUTBOX_QUEUE)) ?? []
    expect(queue.filter(({ value }) => parseRecord(outboxRecord, value).message?.id === id)).toHaveLength(1)
    await again.connect()
    await until(() => received.length === 1)
    expect(await again.sendText(idOf(bob), 'hello', { id })).toBe(id)
    await again.sendText(idOf(bob), 'the last')
    await until(() => received.length === 2)
    expect(await texts(bob, again.account)).toEqual(['hello', 'the last'])
  })

  it('an id that another message has, or that is none, is refused', async () => {
    const [ada, bob] = [await harness.person('ada'), await harness.person('bob')]
    const id = await ada.sendText(idOf(bob), 'hello', { styles: [{ start: 0, length: 5, style: 'bold' }] })
    const reused = { code: 'messageIdReused' }
    await expect(ada.sendText(idOf(bob), 'hello', { id })).rejects.toMatchObject(reused)
    await expect(ada.sendText(idOf(bob), 'something else', { id })).rejects.toMatchObject(reused)
    await expect(ada.sendText(idOf(ada), 'hello', { id })).rejects.toMatchObject(reused)
    await expect(ada.sendText(idOf(bob), 'hello', { id: 'hello' })).rejects.toMatchObject({ code: 'contentInvalid' })
    expect(await texts(ada, bob.account)).toEqual(['hello'])
  })

  it('messages that waited while a device was away arrive in order, once', async () => {
    const [ada, bob] = [await harness.person('ada'), await harness.person('bob')]
    const received = collect(bob, 'message')
    bob.disconnect()
    for (const body of ['one', 'two', 'three']) await ada.sendText(idOf(bob), body)
    await until(async () => (await ada.messages(idOf(bob))).every(({ state }) => state === 'sent'))
    await bob.connect()
    await until(() => received.length === 3)
    expect(await texts(bob, ada.account)).toEqual(['one', 'two', 'three'])
  })

  it('every device of both sides shows the whole conversation, and reading on one clears the other', async () => {
    const [ada, bob] = [await harness.person('ada'), await harness.person('bob')]
    const [ada2, bob2] = [await harness.linked('ada2', ada), await harness.linked('bob2', bob)]
    await ada.sendText(idOf(bob), 'from ada')
    await until(async () => (await texts(bob2, ada.account)).length === 1)
    await bob2.sendText(idOf(ada), 'from bob2')
    for (const [engine, other] of [
      [ada, bob],
      [ada2, bob],
      [bob, ada],
      [bob2, ada],
    ] as const) {
      await until(async () => (await texts(engine, other.account)).length === 2)
      expect(await texts(engine, other.account)).toEqual(['from ada', 'from bob2'])
    }
    expect((await ada2.conversations())[0]?.unread).toBe(1)
    await ada.markRead(idOf(bob))
    await until(async () => (await ada2.conversations())[0]?.unread === 0)
    await until(async () => (await bob.messages(idOf(ada))).at(-1)?.state === 'read')
  })

  it('typing is heard while both are there, and leaves nothing behind', async () => {
    const [ada, bob] = [await harness.person('ada'), await harness.person('bob')]
    await ada.sendText(idOf(bob), 'hello')
    await until(async () => (await ada.messages(idOf(bob)))[0]?.state === 'delivered')
    const heard = collect(bob, 'typing')
    await ada.setTyping(idOf(bob), true)
    await ada.setTyping(idOf(bob), true)
    await ada.setTyping(idOf(bob), false)
    await until(() => heard.length === 2)
    expect(heard.map(({ accounts }) => accounts)).toEqual([[ada.account], []])
    expect(await texts(bob, ada.account)).toEqual(['hello'])
    await ada.setTyping(idOf(bob), true)
    await until(() => heard.length === 3)
    await ada.sendText(idOf(bob), 'written')
    // The message ends the notice at once, and not six seconds later.
    await until(() => heard.length === 4)
    expect(heard[3]?.accounts).toEqual([])
    expect((await texts(bob, ada.account)).at(-1)).toBe('written')
  })

  it('a changed profile name reaches contacts and own devices', async () => {
    const [ada, bob] = [await harness.person('ada'), await harness.person('bob')]
    const ada2 = await harness.linked('ada2', ada)
    await ada.sendText(idOf(bob), 'hello')
    await ada.setProfileName('Ada L.')
    await until(async () => (await bob.conversations())[0]?.name === 'Ada L.')
    await until(() => ada2.profileName === 'Ada L.')
    expect(bob.profileName).toBe('BOB')
  })

  it('both sides see one safety number', async () => {
    const [ada, bob] = [await harness.person('ada'), await harness.person('bob')]
    const number = await ada.safetyNumber(idOf(bob))
    expect(number.join('')).toMatch(/^\d{60}$/)
    expect(await bob.safetyNumber(idOf(ada))).toEqual(number)
  })
})
