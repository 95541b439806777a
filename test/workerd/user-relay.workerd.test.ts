import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { type TestAccount, messageFor, testAccount } from '#durable-objects/testing/accounts.ts'
import { relayOf } from '#durable-objects/user/stub.ts'
import { watchOf } from '#durable-objects/watch/stub.ts'
import { accountSubject } from '#durable-objects/watch/subject.ts'
import { SLOWED_AT, WEIGHTS } from '#durable-objects/watch/weights.ts'
import { LIMITS } from '#protocol/limits.ts'
import { RELAY_LIMITS } from '#protocol/relay-limits.ts'
import { PING } from '#protocol/version.ts'
import { Client, register, stubOf } from './relay-client.ts'

/** Opens a socket, which is refused for a while. */
async function refusedFor(account: TestAccount): Promise<void> {
  const refused = await Client.open(account)
  await refused.until(() => refused.closed !== undefined)
  expect(refused.closed).toEqual({ code: 4429, reason: 'rateLimited' })
  expect(refused.ofType('error')[0]?.retryAfterMs).toBeGreaterThan(0)
}

/** The clients go at last. */
async function gone(account: TestAccount, clients: readonly Client[]): Promise<void> {
  for (const { socket } of clients) socket.close()
  const sockets = () => runInDurableObject(stubOf(account), (_, state) => state.getWebSockets().length)
  await expect.poll(sockets).toBe(0)
}

describe('UserRelay', () => {
  it('passes a message from one account’s socket to another’s, and answers when it is stored', async () => {
    const [alice, bob] = [await register(), await register()]
    const [sender, receiver] = [await Client.open(alice), await Client.open(bob)]
    await sender.hello()
    await receiver.hello()
    const messages = Array.from({ length: 20 }, () => messageFor(bob.list))
    for (const message of messages) sender.send({ type: 'send', messages: [message] })
    await receiver.until(() => receiver.received.length === 20)
    await sender.until(() => sender.ofType('accepted').flatMap(({ messageIds }) => messageIds).length === 20)
    expect(receiver.received.map(({ messageId }) => messageId)).toEqual(messages.map(({ messageId }) => messageId))
    expect(receiver.ofType('envelopes')[0]?.items[0]).toMatchObject({ from: { account: alice.id, device: 1 } })
  })

  it('W-9: wakes from eviction with its sockets, its window and its inbox', async () => {
    const [alice, bob] = [await register(), await register()]
    const [sender, receiver] = [await Client.open(alice), await Client.open(bob)]
    await sender.hello()
    await receiver.hello()
    sender.send({ type: 'send', messages: [messageFor(bob.list)] })
    await receiver.until(() => receiver.received.length === 1)
    await evictDurableObject(stubOf(bob))
    await evictDurableObject(stubOf(alice))
    sender.send({ type: 'send', messages: [messageFor(bob.list)] })
    await receiver.until(() => receiver.received.length === 2)
    await evictDurableObject(stubOf(bob))
    receiver.send({ type: 'ack', upTo: 2 })
    // The acknowledgement wakes the object, which takes as long as it takes.
    const waiting = () =>
      runInDurableObject(stubOf(bob), (_, state) => state.storage.sql.exec('SELECT slot FROM inbox').toArray().length)
    await expect.poll(waiting).toBe(0)
    expect(receiver.received.map(({ seq }) => seq)).toEqual([1, 2])
  })

  it('W-4: answers pings without being woken, and has no alarm but the next due one while idle', async () => {
    const alice = await register()
    const client = await Client.open(alice)
    await client.hello()
    await evictDurableObject(stubOf(alice))
    client.socket.send(PING)
    await client.until(() => client.texts.length === 1)
    await runInDurableObject(stubOf(alice), async (_, state) => {
      expect(await state.storage.getAlarm()).toBeNull()
    })
  })

  it('sets one alarm for a burst of messages, and after them only the one that forgets their ids', async () => {
    const [alice, bob] = [await register(), await register()]
    const sender = await Client.open(alice)
    const receiver = await Client.open(bob)
    await sender.hello()
    await receiver.hello()
    for (let sent = 0; sent < 5; sent += 1) sender.send({ type: 'send', messages: [messageFor(bob.list)] })
    await receiver.until(() => receiver.received.length === 5)
    receiver.send({ type: 'ack', upTo: 5 })
    const drainAt = await runInDurableObject(stubOf(bob), (_, state) => state.storage.getAlarm())
    expect(drainAt).not.toBeNull()
    expect(await runDurableObjectAlarm(stubOf(bob))).toBe(true)
    const next = await runInDurableObject(stubOf(bob), (_, state) => state.storage.getAlarm())
    expect((next ?? 0) - (drainAt ?? 0)).toBeGreaterThan(29 * 86_400_000)
  })

  it('L-6, W-3: a ticket opens one socket; what does not open says why and closes', async () => {
    const alice = await register()
    const refused = await Client.openWith(alice, 'wrong')
    await refused.until(() => refused.closed !== undefined)
    expect(refused.ofType('error')[0]).toMatchObject({ code: 'ticketInvalid' })
    expect(refused.closed).toEqual({ code: 4401, reason: 'ticketInvalid' })
  })

  it('W-5: the newest socket of a device wins and the older is told why', async () => {
    const [alice, bob] = [await register(), await register()]
    const older = await Client.open(bob)
    await older.hello()
    const newer = await Client.open(bob)
    await newer.hello()
    await older.until(() => older.closed !== undefined)
    expect(older.closed).toEqual({ code: 4410, reason: 'replaced' })
    await evictDurableObject(stubOf(bob))
    const call = {
      account: bob.id,
      correlationId: 't',
      from: { account: alice.id, device: 1 },
      messages: [messageFor(bob.list)],
    }
    await relayOf(env.USER_RELAY, bob.id).deposit(call)
    await newer.until(() => newer.received.length === 1)
    expect(older.received).toEqual([])
  })

  it.each([
    ['not JSON', '{', 'notJson'],
    ['no frame', '[]', 'malformed'],
    ['an unknown type', '{"type":"shout"}', 'unknownFrame'],
    ['an unknown field', '{"type":"ack","upTo":0,"loud":true}', 'malformed'],
    ['a negative seq', '{"type":"ack","upTo":-1}', 'malformed'],
    ['an ack of the future', '{"type":"ack","upTo":7}', 'ackOfTheFuture'],
    [
      'bad base64',
      `{"type":"send","messages":[{"messageId":"AAAAAAAAAAAAAAAAAAAAAB","to":"x","deviceListVersion":1,"envelopes":[]}]}`,
      'malformed',
    ],
    ['no messages', '{"type":"send","messages":[]}', 'malformed'],
    ['an oversize frame', `"${'x'.repeat(1_048_576)}"`, 'tooLarge'],
  ])('refuses %s by name and leaves the rest alone', async (_, text, code) => {
    const [alice, bob] = [await register(), await register()]
    const client = await Client.open(alice)
    client.socket.send(text)
    await client.until(() => client.frames.length > 0)
    await client.hello()
    client.socket.send(text)
    await client.until(() => client.ofType('error').length === 2)
    expect(client.ofType('error').at(-1)).toMatchObject({ code })
    client.send({ type: 'send', messages: [messageFor(bob.list)] })
    await client.until(() => client.ofType('accepted').length === 1)
  })

  it('W-8: closes a socket that keeps sending what cannot be understood', async () => {
    const alice = await register()
    const client = await Client.open(alice)
    for (let sent = 0; sent < 20; sent += 1) client.socket.send('nonsense')
    await client.until(() => client.closed !== undefined)
    expect(client.closed).toEqual({ code: 4410, reason: 'tooManyErrors' })
  })

  it('W-11, W-12, W-13: closes a socket that asks and does not read, evicted or not; none is opened while two such stay; the watch hears of it', async () => {
    const alice = await register()
    const subject = accountSubject(env.TOKEN_SECRET, alice.id)
    const watch = watchOf(env.WATCH, subject)
    const count = SLOWED_AT - 2 * WEIGHTS.slowReader.account + 1
    await watch.note({ subject, signal: 'authFailure', count, correlationId: 'a'.repeat(32) })
    const stuck: Client[] = []
    for (let turn = 0; turn < 2; turn += 1) {
      const client = await Client.open(alice, { lingers: true })
      stuck.push(client)
      client.reads = false
      await client.hello()
      // An envelope for a device that there is not: each answer is a mismatch with the whole list.
      const wrong = Array.from({ length: 64 }, () => messageFor(alice.list))
      for (let sent = 0; sent < 2_000 && !client.closed; sent += 1) {
        client.send({ type: 'send', messages: wrong })
        if (turn === 0 && sent === 20) await evictDurableObject(stubOf(alice))
        await new Promise((resolve) => setTimeout(resolve, 0))
      }
      await client.until(() => client.closed !== undefined)
      expect(client.closed).toEqual({ code: 4429, reason: 'tooManyInFlight' })
      expect(client.ofType('readCheck')).toHaveLength(1)
      const received = client.frames.reduce((sum, frame) => sum + JSON.stringify(frame).length, 0)
      // What an eviction forgets, and a frame.
      expect(received).toBeLessThan(RELAY_LIMITS.unreadMost + RELAY_LIMITS.readCheckEvery + LIMITS.frameBytes)
    }
    await expect.poll(async () => (await watch.verdict(subject)).level).toBe('slowed')
    await evictDurableObject(stubOf(alice))
    await refusedFor(alice)
    await gone(alice, stuck)
    await (await Client.open(alice)).hello()
  })

  it('W-13: opens no socket while too many that were closed wait for their clients to go', async () => {
    const alice = await register()
    const stay: Client[] = []
    for (let at = 0; at < RELAY_LIMITS.socketsPerAccount; at += 1)
      stay.push(await Client.open(alice, { lingers: true }))
    await refusedFor(alice)
    await gone(alice, stay)
    await (await Client.open(alice)).hello()
  })

  it('S-2, S-11: takes 1,000 frames in one tick: each message is answered once, and accepted ones arrive in order', async () => {
    const [alice, bob] = [await register(), await register()]
    const [sender, receiver] = [await Client.open(alice), await Client.open(bob)]
    await sender.hello()
    await receiver.hello()
    const messages = Array.from({ length: 1_000 }, () => messageFor(bob.list, {}, 8))
    for (const message of messages) sender.send({ type: 'send', messages: [message] })
    const answered = () => [
      ...sender.ofType('accepted').flatMap(({ messageIds }) => messageIds),
      ...sender.ofType('rejected').map(({ messageId }) => messageId),
    ]
    await sender.until(() => answered().length === 1_000)
    expect(new Set(answered()).size).toBe(1_000)
    for (const { code } of sender.ofType('rejected')) expect(code).toBe('tooManyInFlight')
    const accepted = new Set(sender.ofType('accepted').flatMap(({ messageIds }) => messageIds))
    let acknowledged = 0
    while (receiver.received.length < accepted.size) {
      const upTo = receiver.received.length
      await receiver.until(() => receiver.received.length > 0)
      if (upTo > acknowledged) receiver.send({ type: 'ack', upTo })
      acknowledged = upTo
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    const order = messages.map(({ messageId }) => messageId).filter((id) => accepted.has(id))
    expect(receiver.received.map(({ messageId }) => messageId)).toEqual(order)
    expect(receiver.received.map(({ seq }) => seq)).toEqual(order.map((_, at) => at + 1))
  })

  it('S-10, O-5: an unknown recipient is refused by name, and its object stays empty', async () => {
    const alice = await register()
    const nobody = await testAccount()
    const client = await Client.open(alice)
    await client.hello()
    client.send({ type: 'send', messages: [messageFor(nobody.list)] })
    await client.until(() => client.ofType('rejected').length === 1)
    expect(client.ofType('rejected')[0]).toMatchObject({ code: 'unknownRecipient' })
    await runInDurableObject(stubOf(nobody), (_, state) => {
      expect(state.storage.sql.exec("SELECT name FROM sqlite_master WHERE name = 'account'").toArray()).toEqual([])
    })
  })
})
