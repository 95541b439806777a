/** What is done to messages of a group counts by the roles, and in the order, of its log: for everybody alike. */

import * as v from 'valibot'
import { afterEach, describe, expect, it } from 'vitest'
import type { Annotation } from '#protocol/content/annotation.ts'
import type { KnownContent } from '#protocol/content/content.ts'
import type { MessageEntry } from '#protocol/groups/entries.ts'
import { sendToGroup } from '#protocol/http/groups.ts'
import { randomId } from '../../mls/testing/device.ts'
import { aliceBobCarol } from '../../mls/testing/group.ts'
import type { TestMember } from '../../mls/testing/member.ts'
import { Auth } from '../auth.ts'
import { addMessage, readMessages } from '../conversations.ts'
import type { Core } from '../core.ts'
import type { Message } from '../events.ts'
import { Gossip } from '../key-log/gossip.ts'
import { until } from '../testing/harness.ts'
import { GroupAnnotating } from './annotating.ts'
import type { GroupBook } from './book.ts'
import { DeviceKeys } from './device-keys.ts'
import { Greeter } from './greeter.ts'
import { Introductions } from './introductions.ts'
import { GroupOutbox } from './outbox.ts'
import { GroupReader } from './reader.ts'
import { GroupSender } from './sender.ts'
import { GroupCore } from './testing/group-core.ts'

/** A relay's log of one group. */
class Log {
  readonly entries: MessageEntry[] = []
  readonly #start: number

  constructor(start: number) {
    this.#start = start
  }

  readonly fetch = (_url: string, { body }: RequestInit): Promise<Response> => {
    const { messages } = v.parse(sendToGroup.request, JSON.parse(typeof body === 'string' ? body : ''))
    const answers = messages.map(({ messageId, body: sealed, epoch }) => {
      const seq = this.#start + this.entries.length + 1
      this.entries.push({ kind: 'message', seq, at: seq, messageId, epoch, body: sealed })
      return { messageId, seq, at: seq }
    })
    return Promise.resolve(Response.json({ epoch: 1, answers }))
  }
}

class Device {
  readonly account: string
  readonly core: Core
  readonly group: string
  readonly #log: Log
  readonly #outbox: GroupOutbox
  readonly #reader: GroupReader
  readonly #annotating: GroupAnnotating
  readonly #sender: GroupSender

  constructor({ core, book }: { core: Core; book: GroupBook }, group: string, log: Log) {
    this.core = core
    this.account = core.requireAccount().account
    this.group = group
    this.#log = log
    const outbox = new GroupOutbox(core)
    const introductions = new Introductions(core, book, outbox)
    const keyLog = { stopsEverybody: false, gossip: new Gossip(core) }
    core.forget = (draft, of, name, how) => Promise.resolve(outbox.forget(draft, of, name, how))
    this.#outbox = outbox
    this.#annotating = new GroupAnnotating(core, book, outbox)
    this.#sender = new GroupSender(core, book, outbox, () => Promise.resolve(), keyLog, {
      permit: () => Promise.resolve(true),
    })
    this.#reader = new GroupReader(core, {
      book,
      keys: new DeviceKeys(core, new Auth(core)),
      outbox,
      greeter: new Greeter(core, book, introductions),
      gossip: keyLog.gossip,
    })
  }

  static async of(member: TestMember, log: Log): Promise<Device> {
    const device = await GroupCore.of(member, { fetch: log.fetch })
    return new Device(await device.open(), device.group, log)
  }

  async write(body: string): Promise<string> {
    const id = randomId()
    const from = { account: this.account, device: 1 }
    await this.core.transact(async (draft) => {
      const content = { kind: 'text', body } as const
      const message = { id, from, at: 1, state: 'queued', content } as const
      await addMessage(this.core, draft, this.group, message, this.account)
      this.#outbox.enqueue(draft, this.group, content, id)
    })
    return id
  }

  /** As a client that keeps the rules. */
  say(annotation: Annotation): Promise<void> {
    return this.core.transact((draft) => this.#annotating.say(draft, this.group, annotation, randomId()))
  }

  /** As one that does not. */
  async claim(content: KnownContent): Promise<void> {
    await this.core.transact((draft) => {
      this.#outbox.enqueue(draft, this.group, content)
      return Promise.resolve()
    })
  }

  /** Sends what waits. */
  async send(): Promise<void> {
    this.#sender.connected()
    await until(() => this.#outbox.waiting(this.group).length === 0)
    this.#sender.disconnected()
  }

  async read(): Promise<void> {
    await this.#reader.take(this.group, this.#log.entries)
  }

  async shown(): Promise<unknown[]> {
    const messages = await readMessages(this.core.store, this.group, this.account, { limit: 100 })
    return messages.map(({ content, reactions = [], pinned, edited }: Message) => {
      const words = content.kind === 'text' ? content.body : content.kind
      const marks = [pinned && 'pinned', edited && 'edited'].filter((mark) => mark !== undefined)
      return [words].concat(reactions.map(({ emoji }) => emoji)).concat(marks)
    })
  }

  close(): void {
    this.#sender.disconnected()
  }
}

describe('in a group', () => {
  let devices: readonly Device[] = []
  afterEach(() => devices.forEach((device) => device.close()))

  /** Alice owns the group, Bob and Carol are members. */
  async function group(): Promise<readonly [Device, Device, Device]> {
    const { alice, bob, carol } = await aliceBobCarol()
    const log = new Log(alice.state.seq)
    const [one, two, three] = [await Device.of(alice, log), await Device.of(bob, log), await Device.of(carol, log)]
    devices = [one, two, three]
    return [one, two, three]
  }

  async function everybodyHas(...expected: unknown[]): Promise<void> {
    for (const device of devices) await device.read()
    for (const device of devices) expect(await device.shown()).toEqual(expected)
  }

  it('CT-4, CT-5: everybody reacts, and edits own texts, also before the log has it', async () => {
    const [alice, bob, carol] = await group()
    const id = await alice.write('first words')
    await alice.send()
    await everybodyHas(['first words'])
    const of = { author: alice.account, id }
    await bob.say({ kind: 'reaction', of, emoji: '👍', revision: 1 })
    await alice.say({ kind: 'edit', of: id, body: 'in other words', revision: 1 })
    expect(await bob.shown()).toEqual([['first words', '👍']])
    expect(await alice.shown()).toEqual([['in other words', 'edited']])
    // Somebody else's words.
    await carol.claim({ kind: 'edit', of: id, body: 'forged', revision: 2 })
    for (const device of [carol, bob, alice]) await device.send()
    await everybodyHas(['in other words', '👍', 'edited'])
  })

  it('CT-6, CT-8: roles decide who pins, and who deletes what others wrote', async () => {
    const [alice, bob, carol] = await group()
    const hers = { author: alice.account, id: await alice.write('of the owner') }
    await alice.send()
    await bob.read()
    const his = { author: bob.account, id: await bob.write('of a member') }
    await bob.send()
    await everybodyHas(['of the owner'], ['of a member'])
    const insufficient = { code: 'roleInsufficient' }
    await expect(bob.say({ kind: 'delete', of: hers })).rejects.toMatchObject(insufficient)
    await expect(bob.say({ kind: 'pin', of: his, pinned: true, revision: 1 })).rejects.toMatchObject(insufficient)
    await carol.claim({ kind: 'delete', of: his })
    await carol.claim({ kind: 'pin', of: hers, pinned: true, revision: 1 })
    await carol.send()
    await everybodyHas(['of the owner'], ['of a member'])
    await alice.say({ kind: 'pin', of: hers, pinned: true, revision: 1 })
    await alice.say({ kind: 'delete', of: his })
    // Whether she may is for the log to say.
    expect(await alice.shown()).toEqual([['of the owner'], ['of a member']])
    await alice.send()
    await everybodyHas(['of the owner', 'pinned'], ['deleted'])
  })

  it('CT-8: of two pins the later one in the log counts, whatever they say of themselves', async () => {
    const [alice] = await group()
    const of = { author: alice.account, id: await alice.write('words') }
    await alice.claim({ kind: 'pin', of, pinned: true, revision: 9 })
    await alice.claim({ kind: 'pin', of, pinned: false, revision: 1 })
    await alice.send()
    await everybodyHas(['words'])
    await alice.claim({ kind: 'pin', of, pinned: true, revision: 1 })
    await alice.send()
    await everybodyHas(['words', 'pinned'])
  })

  it('CT-6: what is deleted before it is sent is taken out of the queue; what may be under way stays, to be followed', async () => {
    const [alice] = await group()
    const { core, account, group: id } = alice
    const forget = (name: string, isStillSent: boolean) =>
      core.transact((draft) => core.forget(draft, id, { author: account, id: name }, { isStillSent }))
    await forget(await alice.write('never sent'), false)
    await forget(await alice.write('followed by its deletion'), true)
    await alice.send()
    const [, bob] = devices
    await bob?.read()
    expect(await bob?.shown()).toEqual([['followed by its deletion']])
  })
})
