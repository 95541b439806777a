/** What the key log stops is not sent to groups either, and what is told of it is. */

import * as v from 'valibot'
import { expect, it } from 'vitest'
import { toBase64url } from '#protocol/bytes.ts'
import type { MessageEntry } from '#protocol/groups/entries.ts'
import { sendToGroup } from '#protocol/http/groups.ts'
import { deviceList } from '#protocol/merkle/testing/server.ts'
import { randomId } from '../../mls/testing/device.ts'
import { aliceBobCarol } from '../../mls/testing/group.ts'
import { Auth } from '../auth.ts'
import type { Core } from '../core.ts'
import { Gossip } from '../key-log/gossip.ts'
import { KEY_LOG, keyLogRecord } from '../key-log/records.ts'
import { FakeKeyLog } from '../testing/fake-key-log.ts'
import { until } from '../testing/harness.ts'
import { DeviceKeys } from './device-keys.ts'
import { Greeter } from './greeter.ts'
import { Introductions } from './introductions.ts'
import { GroupOutbox } from './outbox.ts'
import { GroupReader } from './reader.ts'
import { GroupSender } from './sender.ts'
import { GroupCore } from './testing/group-core.ts'

it('Q-27: while an alarm stops all sending, groups wait, and go on in their order when it is over', async () => {
  const { alice } = await aliceBobCarol()
  const heard: string[] = []
  const fetch = async (_url: string, { body }: RequestInit): Promise<Response> => {
    const { messages } = v.parse(sendToGroup.request, JSON.parse(typeof body === 'string' ? body : ''))
    heard.push(...messages.map(({ messageId }) => messageId))
    const answers = messages.map(({ messageId }, at) => ({ messageId, seq: at + 1, at: 1 }))
    return Promise.resolve(Response.json({ epoch: 1, answers }))
  }
  const device = await GroupCore.of(alice, { fetch })
  const { core, book } = await device.open()
  const outbox = new GroupOutbox(core)
  const keyLog = { stopsEverybody: true, gossip: new Gossip(core) }
  const sender = new GroupSender(core, book, outbox, () => Promise.resolve(), keyLog, {
    permit: () => Promise.resolve(true),
  })
  sender.connected()
  const ids = [randomId(), randomId()]
  for (const id of ids) {
    await core.transact((draft) => {
      outbox.enqueue(draft, device.group, { kind: 'text', body: id }, id)
      return Promise.resolve()
    })
  }
  await core.serial.idle()
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect(heard).toEqual([])
  keyLog.stopsEverybody = false
  sender.kickAll()
  await until(() => heard.length === 2)
  expect(heard).toEqual(ids)
  sender.disconnected()
})

it('T-17: texts may wake members, and what is no message of its own does not', async () => {
  const { alice } = await aliceBobCarol()
  const urgent: unknown[] = []
  const fetch = async (_url: string, { body }: RequestInit): Promise<Response> => {
    const { messages } = v.parse(sendToGroup.request, JSON.parse(typeof body === 'string' ? body : ''))
    urgent.push(...messages.map((message) => message.urgent))
    const answers = messages.map(({ messageId }, at) => ({ messageId, seq: at + 1, at: 1 }))
    return Promise.resolve(Response.json({ epoch: 1, answers }))
  }
  const device = await GroupCore.of(alice, { fetch })
  const { core, book } = await device.open()
  const outbox = new GroupOutbox(core)
  const keyLog = { stopsEverybody: false, gossip: new Gossip(core) }
  const sender = new GroupSender(core, book, outbox, () => Promise.resolve(), keyLog, {
    permit: () => Promise.resolve(true),
  })
  const id = randomId()
  await core.transact((draft) => {
    outbox.enqueue(draft, device.group, { kind: 'text', body: 'Wake up' }, id)
    outbox.enqueue(draft, device.group, { kind: 'groupLeave' })
    return Promise.resolve()
  })
  sender.connected()
  await until(() => urgent.length === 2)
  expect(urgent).toEqual([true, undefined])
  sender.disconnected()
})

it('Q-30, Q-31: a head of the key log is told to a group with a message, once, and who reads it keeps it to compare', async () => {
  const { alice, bob } = await aliceBobCarol()
  const entries: MessageEntry[] = []
  const fetch = async (_url: string, { body }: RequestInit): Promise<Response> => {
    const { messages } = v.parse(sendToGroup.request, JSON.parse(typeof body === 'string' ? body : ''))
    const answers = messages.map(({ messageId, body: sealed, epoch }) => {
      const seq = alice.state.seq + entries.length + 1
      entries.push({ kind: 'message', seq, at: 1, messageId, epoch, body: sealed })
      return { messageId, seq, at: 1 }
    })
    return Promise.resolve(Response.json({ epoch: 1, answers }))
  }
  const device = await GroupCore.of(alice, { fetch })
  const { core, book } = await device.open()
  const log = new FakeKeyLog()
  const account = toBase64url(new Uint8Array(16).fill(3))
  const pin = (to: Core) =>
    to.transact((draft) => {
      log.record(deviceList(account, 1))
      draft.put(keyLogRecord, KEY_LOG, log.pinned())
      return Promise.resolve()
    })
  await pin(core)
  const outbox = new GroupOutbox(core)
  const keyLog = { stopsEverybody: false, gossip: new Gossip(core) }
  const sender = new GroupSender(core, book, outbox, () => Promise.resolve(), keyLog, {
    permit: () => Promise.resolve(true),
  })
  sender.connected()
  for (const id of [randomId(), randomId()]) {
    await core.transact((draft) => {
      outbox.enqueue(draft, device.group, { kind: 'text', body: id }, id)
      return Promise.resolve()
    })
  }
  await until(() => entries.length === 2)
  sender.disconnected()

  const reading = await GroupCore.of(bob)
  const reader = await reading.open()
  await pin(reader.core)
  const gossip = new Gossip(reader.core)
  const introductions = new Introductions(reader.core, reader.book, new GroupOutbox(reader.core))
  await new GroupReader(reader.core, {
    book: reader.book,
    keys: new DeviceKeys(reader.core, new Auth(reader.core)),
    outbox: new GroupOutbox(reader.core),
    greeter: new Greeter(reader.core, reader.book, introductions),
    gossip,
  }).take(reading.group, entries)
  const author = alice.device.address.account
  expect([...gossip.heard.values()]).toMatchObject([{ author, conversation: device.group, head: { size: 2 } }])
})
