import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { toBase64url } from '#protocol/bytes.ts'
import { type TestAccount, randomId } from '#durable-objects/testing/accounts.ts'
import { relayOf } from '#durable-objects/user/stub.ts'
import { TestGroup } from './group-client.ts'
import { Client, register, stubOf } from './relay-client.ts'

const deviceOf = (account: TestAccount) => ({ account: account.id, device: 1 })

/** An owner and members, each with a socket that was greeted. */
async function connected(count: number) {
  const accounts = await Promise.all(Array.from({ length: count + 1 }, () => register()))
  const [owner, ...members] = accounts as [TestAccount, ...TestAccount[]]
  const clients = await Promise.all(accounts.map((account) => Client.open(account)))
  await Promise.all(clients.map((client) => client.hello()))
  const group = await TestGroup.create(deviceOf(owner))
  const joinedAt = await group.commit({ add: members.map(deviceOf) })
  for (const member of members) await group.seqsAfter(deviceOf(member), joinedAt)
  return { owner, members, clients, group, joinedAt }
}

const seqsOf = (client: Client, group: TestGroup) =>
  client
    .ofType('groupEntries')
    .filter((frame) => frame.group === group.id)
    .flatMap(({ items }) => items.map(({ seq }) => seq))
const newsOf = (client: Client) => client.ofType('groupNews').flatMap(({ groups }) => groups)

describe('GroupRelay', () => {
  it('T-2, T-10: pushes what it stored to every connected member, its author among them, once and in order', async () => {
    const { clients, group, joinedAt } = await connected(3)
    const seqs = await group.say(20)
    expect(seqs).toEqual(Array.from({ length: 20 }, (_, at) => joinedAt + 1 + at))
    for (const [at, client] of clients.entries()) {
      const expected = at === 0 ? [joinedAt, ...seqs] : seqs
      await client.until(() => seqsOf(client, group).length >= expected.length)
      expect(seqsOf(client, group)).toEqual(expected)
    }
  })

  it('T-6, T-7: what is forged, stale or reused is refused by name, each by itself', async () => {
    const { group } = await connected(1)
    const old = await group.message()
    await group.commit({})
    const good = await group.message()
    const forged = { ...(await group.message()), proof: toBase64url(new Uint8Array(64)) }
    const moved = { ...(await group.message()), messageId: randomId() }
    const asEphemeral = { ...(await group.message()), ephemeral: true }
    const sent = await group.send(old, good, forged, moved, asEphemeral, { ...good, body: 'AQ' }, good)
    expect(sent.ok && sent.value.answers.map((answer) => ('code' in answer ? answer.code : 'accepted'))).toEqual([
      'staleEpoch',
      'accepted',
      'sendProofInvalid',
      'sendProofInvalid',
      'sendProofInvalid',
      'messageIdReused',
      'accepted',
    ])
    expect(await group.send(good)).toMatchObject({ ok: true, value: { answers: [{ seq: 3 }] } })
  })

  it('T-11: who is away is told of a group once, with its next connection, until it has noted it', async () => {
    const { members, clients, group, joinedAt } = await connected(1)
    const [ann] = members as [TestAccount]
    const [, client] = clients as [Client, Client]
    client.socket.close(1000)
    await client.until(() => client.closed !== undefined)
    const seqs = await group.say(3)
    await runInDurableObject(stubOf(ann), (_, state) => {
      expect(state.storage.sql.exec('SELECT count(*) AS n FROM group_news').one()).toEqual({ n: 1 })
    })
    const next = await Client.open(ann)
    await next.hello()
    await next.until(() => newsOf(next).length > 0)
    expect(newsOf(next)).toEqual([group.id])
    const again = await Client.open(ann)
    await again.hello()
    await again.until(() => newsOf(again).length > 0)
    again.send({ type: 'groupAck', cursors: [], news: [group.id] })
    expect(await group.seqsAfter(deviceOf(ann), joinedAt)).toEqual(seqs)
    await group.say()
    await again.until(() => seqsOf(again, group).length > 0)
    expect(seqsOf(again, group)).toEqual([joinedAt + 4])
    again.send({ type: 'groupAck', cursors: [{ group: group.id, upTo: joinedAt + 4 }] })
    const last = await Client.open(ann)
    await last.hello()
    expect(newsOf(last)).toEqual([])
  })

  it('PU-6: whoever is away, or does not acknowledge, is woken by what is urgent, and nobody by what is not', async () => {
    const { members, clients, group, joinedAt } = await connected(3)
    const [ann, ben, cleo] = members as [TestAccount, TestAccount, TestAccount]
    const [, client, , there] = clients as [Client, Client, Client, Client]
    for (const account of members) {
      const call = { account: account.id, correlationId: 't' }
      const relay = relayOf(env.USER_RELAY, account.id)
      const login = await relay.loginKey({ ...call, device: 1 })
      const caller = { device: 1, tokenEpoch: login.ok ? login.value.tokenEpoch : 0 }
      await relay.setPushTarget({ ...call, caller, target: { kind: 'fcm', token: 'a'.repeat(16) } })
    }
    client.socket.close(1000)
    await client.until(() => client.closed !== undefined)
    const targetOf = (account: TestAccount) =>
      runInDurableObject(stubOf(account), (_, state) =>
        state.storage.sql.exec<{ due_at: number | null; pushed_at: number }>('SELECT * FROM push_targets').one(),
      )
    await group.say()
    await there.until(() => seqsOf(there, group).length > 0)
    expect((await targetOf(ann)).due_at).toBeNull()
    expect(await group.send(await group.message({ urgent: true }))).toMatchObject({ ok: true })
    await there.until(() => seqsOf(there, group).length > 1)
    there.send({ type: 'groupAck', cursors: [{ group: group.id, upTo: joinedAt + 2 }] })
    const isWoken = async (account: TestAccount) => (await targetOf(account)).pushed_at > 0
    // Ann by her relay's alarm, Ben, who says nothing, by its timer.
    await expect.poll(async () => [await isWoken(ann), await isWoken(ben)], { timeout: 60_000 }).toEqual([true, true])
    expect(await isWoken(cleo)).toBe(false)
  })

  it('T-11: what a socket had not acknowledged when it ended is told to the next one, also after an eviction', async () => {
    const { members, clients, group } = await connected(1)
    const [ann] = members as [TestAccount]
    const [, client] = clients as [Client, Client]
    await group.say()
    await client.until(() => seqsOf(client, group).length > 0)
    await evictDurableObject(stubOf(ann))
    client.socket.close(1000)
    await client.until(() => client.closed !== undefined)
    const next = await Client.open(ann)
    await next.hello()
    await next.until(() => newsOf(next).length > 0)
    expect(next.ofType('groupNews')).toEqual([{ type: 'groupNews', groups: [group.id] }])
  })

  it('T-11: after a crash, which sockets do not outlive, the device is told to look at all its groups', async () => {
    const alice = await register()
    const client = await Client.open(alice)
    await client.hello()
    await runInDurableObject(stubOf(alice), (_, state) => {
      // What a crash leaves behind: the row of a socket that is no more.
      state.storage.sql.exec('INSERT OR REPLACE INTO group_connections (device) VALUES (1)')
      for (const socket of state.getWebSockets()) socket.serializeAttachment(null)
    })
    await evictDurableObject(stubOf(alice))
    const next = await Client.open(alice)
    await next.hello()
    await next.until(() => next.ofType('groupNews').length > 0)
    expect(next.ofType('groupNews')).toEqual([{ type: 'groupNews', groups: [], all: true }])
  })

  it('T-5, T-9: who is added is told to look, and who is removed gets the commit that says so', async () => {
    const { members, clients, group } = await connected(2)
    const [ann, bob] = members as [TestAccount, TestAccount]
    const [, annClient] = clients as [Client, Client]
    const cleo = await register()
    const cleoClient = await Client.open(cleo)
    await cleoClient.hello()
    const seq = await group.commit({ add: [deviceOf(cleo)], remove: [deviceOf(ann)] })
    await cleoClient.until(() => newsOf(cleoClient).includes(group.id))
    await annClient.until(() => seqsOf(annClient, group).includes(seq))
    await group.say()
    expect(await group.seqsAfter(deviceOf(bob), seq)).toEqual([seq + 1])
    expect(await group.seqsAfter(deviceOf(ann), seq - 1)).toEqual([seq])
    expect(seqsOf(annClient, group)).not.toContain(seq + 1)
  })

  it('keeps log, members and keys over an eviction', async () => {
    const { members, clients, group, joinedAt } = await connected(1)
    const [ann] = members as [TestAccount]
    const [, client] = clients as [Client, Client]
    await group.say()
    await evictDurableObject(group.stub)
    const seqs = await group.say(2)
    expect(seqs).toEqual([joinedAt + 2, joinedAt + 3])
    // What was being pushed when the object was evicted is pushed once more.
    await client.until(() => new Set(seqsOf(client, group)).size === 3)
    expect(await group.seqsAfter(deviceOf(ann), joinedAt)).toEqual([joinedAt + 1, ...seqs])
  })

  it('what was accepted and not pushed when the object died is pushed by its alarm', async () => {
    const { clients, group, joinedAt } = await connected(1)
    const [, client] = clients as [Client, Client]
    await group.say()
    await client.until(() => seqsOf(client, group).length === 1)
    await runDurableObjectAlarm(group.stub)
    await runInDurableObject(group.stub, (_, state) => {
      // Accepted by an object that died before it could push.
      state.storage.sql.exec(
        'INSERT INTO log (seq, message_id, epoch, at, size, body) VALUES (?, ?, 1, 1, 1, ?)',
        joinedAt + 2,
        randomId(),
        'AQ',
      )
      void state.storage.setAlarm(Date.now() + 60_000)
    })
    await evictDurableObject(group.stub)
    await runDurableObjectAlarm(group.stub)
    await client.until(() => seqsOf(client, group).length === 2)
    expect(seqsOf(client, group)).toEqual([joinedAt + 1, joinedAt + 2])
  })

  it('T-13: deletes what everybody has, and sleeps without an alarm when there is nothing more to do', async () => {
    const { owner, members, group, joinedAt } = await connected(1)
    const [seq = 0] = await group.say()
    for (const account of [owner, ...members]) await group.seqsAfter(deviceOf(account), seq)
    await runDurableObjectAlarm(group.stub)
    await runDurableObjectAlarm(group.stub)
    await runInDurableObject(group.stub, async (_, state) => {
      expect(state.storage.sql.exec('SELECT count(*) AS n FROM log').one()).toEqual({ n: 0 })
      expect(await state.storage.getAlarm()).toBeNull()
    })
    expect(await group.say()).toEqual([joinedAt + 2])
  })

  it('T-16: an ephemeral message reaches who is connected, and is not stored', async () => {
    const { clients, group, joinedAt } = await connected(2)
    const message = await group.message({ ephemeral: true })
    await group.send(message)
    for (const client of clients) {
      await client.until(() => client.ofType('groupEphemeral').length === 1)
      expect(client.ofType('groupEphemeral')[0]).toMatchObject({ group: group.id, body: message.body })
    }
    expect(await group.say()).toEqual([joinedAt + 1])
  })

  it('T-1: a group id is taken once; the same device may repeat its request', async () => {
    const { owner, members, group } = await connected(1)
    const [ann] = members as [TestAccount]
    const request = {
      ...group.call,
      suite: 1 as const,
      sendKey: toBase64url(new Uint8Array(32)),
      policy: { add: 'admin' as const },
    }
    expect(await group.calls.create({ ...request, by: deviceOf(owner) })).toEqual({ ok: true, value: { epoch: 0 } })
    expect(await group.calls.create({ ...request, by: deviceOf(ann) })).toEqual({ ok: false, code: 'groupTaken' })
  })

  it('calls to a group that does not exist make none', async () => {
    const group = await TestGroup.create(deviceOf(await register()))
    const unknown = { group: randomId(), correlationId: 't' }
    const message = await group.message()
    const other = group.calls
    expect(await other.send({ ...unknown, messages: [message] })).toMatchObject({ ok: true })
    const { groupOf } = await import('#durable-objects/group/stub.ts')
    const nobody = groupOf(env.GROUP_RELAY, unknown.group)
    expect(await nobody.send({ ...unknown, messages: [message] })).toEqual({ ok: false, code: 'groupNotFound' })
  })
})

describe('a large group', () => {
  it('reaches its connected members through intermediate objects', async () => {
    const { clients, group, joinedAt } = await connected(120)
    const seqs = await group.say(3)
    for (const client of clients.slice(1)) {
      await client.until(() => seqsOf(client, group).length === 3)
      expect(seqsOf(client, group)).toEqual(seqs)
    }
    expect(seqs[0]).toBe(joinedAt + 1)
  })
})
