import { expect, it } from 'vitest'
import { toBase64url, utf8 } from '#protocol/bytes.ts'
import { MemoryDisk } from '../store/memory.ts'
import { addMessage, conversationOf, putConversation } from './conversations.ts'
import { Core } from './core.ts'
import { Counters } from './counters.ts'
import { Emitter } from './events.ts'
import { messageKey, messageRecord, seenKey, seenRecord } from './records.ts'
import { SerialQueue } from './serial.ts'

const id = (name: string) => toBase64url(utf8(name.padEnd(16)))
const [GROUP, ADA, BOB] = [id('group'), id('ada'), id('bob')]
const NOW = 1_000_000

it('a group’s messages that another own device had read before they came here are read, and their timers began then', async () => {
  const store = await new MemoryDisk().open('early')
  const none = undefined as never
  const core = new Core({
    store,
    platform: { timers: { now: () => NOW, set: () => 0, clear: () => undefined } } as never,
    http: none,
    events: new Emitter(),
    counters: await Counters.read(store),
    serial: new SerialQueue(),
    account: none,
    deviceKey: none,
    settings: none,
  })
  const add = (name: string, at: number) =>
    core.transact((draft) => {
      const content = { kind: 'text', body: name, timer: 60 }
      const message = { id: id(name), from: { account: ADA }, at, state: 'received', content } as const
      return addMessage(core, draft, GROUP, message, BOB)
    })
  await core.transact(async (draft) => {
    const group = { members: 2, role: 'member', stage: 'joined', mentions: 0 } as const
    putConversation(core, draft, GROUP, { ...(await conversationOf(draft, GROUP)), group })
    draft.put(seenRecord, seenKey(ADA, id('second')), { early: 'read', earlyAt: NOW - 5_000 })
  })
  await add('first', NOW - 9_000)
  await add('second', NOW - 8_000)
  await add('third', NOW - 7_000)
  await core.transact(async (draft) => {
    expect(await conversationOf(draft, GROUP)).toMatchObject({ unread: 1, readUpTo: 2, nextOrder: 4 })
    const begun = await Promise.all(
      [1, 2, 3].map(async (order) => (await draft.get(messageRecord, messageKey(GROUP, order)))?.startedAt),
    )
    expect(begun).toEqual([NOW - 5_000, NOW - 5_000, undefined])
  })
})
