/** One member device's part in showing joiners what was written before they came, without a relay. */

import * as v from 'valibot'
import { randomBytes, toBase64url, utf8 } from '#protocol/bytes.ts'
import { GroupHistory } from '#protocol/content/group-content.ts'
import type { DeviceAddress } from '#protocol/primitives.ts'
import { openMemoryMediaStore } from '../../../media/memory.ts'
import type { GroupState } from '../../../mls/group-state.ts'
import { aliceBobCarol } from '../../../mls/testing/group.ts'
import type { TestDevice } from '../../../mls/testing/device.ts'
import type { TestMember } from '../../../mls/testing/member.ts'
import { MemoryDisk } from '../../../store/memory.ts'
import type { Store } from '../../../store/store.ts'
import { RelayHttp } from '../../../transport/http.ts'
import { signalCipher } from '../../cipher.ts'
import { addMessage, leaveRoom, readMessages } from '../../conversations.ts'
import { Core, DEFAULT_TIMING } from '../../core.ts'
import { Counters } from '../../counters.ts'
import { storedDeviceKeys } from '../../device-key.ts'
import { Emitter } from '../../events.ts'
import type { Draft } from '../../draft.ts'
import { drawMessageId } from '../../message-id.ts'
import { Outbox } from '../../outbox.ts'
import { type Account, DEFAULT_SETTINGS, deviceListKey, identityKey } from '../../records.ts'
import { SerialQueue } from '../../serial.ts'
import { GroupBook } from '../book.ts'
import { addEvents } from '../group-events.ts'
import { HistoryAnswers } from '../history-answers.ts'
import { newWish } from '../history-rules.ts'
import { HistoryWishes } from '../history-wishes.ts'

const COUNT = 5

/** Bob’s device. Alice founded the group, Carol is a member too. */
export class World {
  readonly disk = new MemoryDisk()
  store!: Store
  core!: Core
  book!: GroupBook
  outbox!: Outbox
  answers!: HistoryAnswers
  wishes!: HistoryWishes
  state!: GroupState
  alice!: TestMember
  bob!: TestMember
  carol!: TestMember
  /** Timelines that were announced as changed. */
  changed = 0
  told = 0

  /** Milliseconds; and what waits for later. */
  now = Date.now()
  readonly later: (() => void)[] = []

  /** @param history messages that the group shows to joiners */
  async #begin(history?: number): Promise<void> {
    const { alice, bob, carol } = await aliceBobCarol()
    if (history !== undefined) {
      await alice.change({ history })
      await bob.read()
    }
    Object.assign(this, { alice, bob, carol, state: bob.state })
    await this.open()
    for (const { device } of [alice, bob, carol]) {
      const deviceKey = await device.directory.resolve(device.address)
      if (deviceKey instanceof Uint8Array) await this.list(device.address.account, deviceKey)
    }
    await this.core.transact(async (draft) => {
      const record = await this.book.recordOrNew(draft, this.group)
      await this.book.save(draft, this.group, { ...record, stage: 'joined' }, undefined, bob.state)
    })
  }

  /** Bob came into the group, which showed joiners five messages then. */
  async beginWaiting(): Promise<void> {
    await this.#begin()
    await this.core.transact(async (draft) => {
      const below = await leaveRoom(this.core, draft, this.group, COUNT)
      const record = await this.book.recordOrNew(draft, this.group)
      this.book.put(draft, this.group, { ...record, history: newWish(COUNT, below, undefined) })
      const place = { at: 1, by: this.bob.device.address }
      await addEvents(this.core, draft, this.group, [{ event: 'welcomed', by: this.own }], place)
    })
  }

  /** Bob was there when Alice wrote these. */
  async beginWith(texts: readonly string[], history?: number): Promise<void> {
    await this.#begin(history)
    const from = this.alice.device.address
    await this.core.transact(async (draft) => {
      for (const body of texts) {
        const record = { id: idOf(body), from, at: 1, state: 'received', content: { kind: 'text', body } } as const
        await addMessage(this.core, draft, this.group, record, this.own)
      }
    })
  }

  /** A device asks. Answers the texts that were queued for its account since. */
  async request(from: DeviceAddress, before?: (draft: Draft) => Promise<void>): Promise<string[]> {
    const content = { kind: 'groupHistoryRequest', group: this.group } as const
    await this.core.transact(async (draft) => {
      await before?.(draft)
      await this.answers.requested(draft, from, content)
    })
    return this.queued(from.account)
  }

  /** The texts in answers that wait to be sent to an account. */
  queued(account: string): string[] {
    const sent = [...this.outbox.entries.values()].filter(({ item }) => item.to === account)
    return sent.flatMap(({ item }) => {
      const answer = v.safeParse(GroupHistory, item.content)
      return answer.success ? answer.output.items.map(({ content }) => String(content['body'])) : []
    })
  }

  /** The engine's parts that matter here, also after a restart. */
  async open(): Promise<void> {
    await this.store?.close()
    this.store = await this.disk.open('bob')
    const { account, device } = this.bob.device.address
    const identity = { publicKey: KEY, privateKey: KEY }
    this.core = new Core({
      store: this.store,
      platform: {
        fetch: () => Promise.reject(new Error('offline')),
        openSocket: () => {
          throw new Error('offline')
        },
        timers: {
          now: () => this.now,
          set: (callback) => this.later.push(callback),
          clear: () => undefined,
        },
        random: () => 0,
        cipher: signalCipher,
        deviceKeys: storedDeviceKeys,
        timing: DEFAULT_TIMING,
        mediaStore: openMemoryMediaStore(),
      },
      http: new RelayHttp('https://relay.test', () => Promise.reject(new Error('offline'))),
      events: new Emitter(),
      counters: await Counters.read(this.store),
      serial: new SerialQueue(),
      account: { stage: 'ready', account, device, identity, profileName: 'Bob' } as Account,
      deviceKey: undefined,
      settings: DEFAULT_SETTINGS,
    })
    this.book = new GroupBook(this.core)
    this.outbox = new Outbox(this.core)
    await this.outbox.load(this.store)
    this.answers = new HistoryAnswers(this.core, this.book, this.outbox)
    this.wishes = new HistoryWishes(this.core, this.book, this.outbox)
    this.core.events.on('timelineChanged', () => (this.changed += 1))
    this.core.events.on('message', ({ content }) => (this.told += content.kind === 'groupEvent' ? 0 : 1))
  }

  /** Bob’s device has this state now, and knows of that device of its account. */
  async adopt(state: GroupState, further: TestDevice): Promise<void> {
    const keys: Uint8Array[] = []
    for (const { address } of [this.bob.device, further]) {
      const key = await further.directory.resolve(address)
      if (key instanceof Uint8Array) keys.push(key)
    }
    await this.list(this.own, ...keys)
    await this.core.transact(async (draft) => {
      const record = await this.book.recordOrNew(draft, this.group)
      await this.book.save(draft, this.group, record, this.state, state)
    })
    this.state = state
  }

  /** What an account's device list says, under the identity that is pinned. */
  async list(account: string, ...deviceKeys: readonly Uint8Array[]): Promise<void> {
    const devices = deviceKeys.map((key, at) => ({ id: at + 1, registrationId: 1, deviceKey: toBase64url(key) }))
    const bytes = toBase64url(utf8(JSON.stringify({ account, version: 1, identityKey: KEY, devices })))
    const signature = toBase64url(new Uint8Array(64))
    await this.store.commit([
      { put: deviceListKey(account), value: { bytes, signature } },
      { put: identityKey(account), value: { key: KEY } },
    ])
  }

  get group(): string {
    return this.state.group
  }

  get own(): string {
    return this.bob.device.address.account
  }

  ask(): Promise<void> {
    return this.wishes.ask(this.group)
  }

  async answer(by: TestMember, texts: readonly string[], part: Partial<GroupHistory> = {}): Promise<void> {
    const from = this.alice.device.address.account
    const items = texts.map((body) => ({ id: idOf(body), from, at: 1, content: { kind: 'text', body } }))
    const content: GroupHistory = {
      kind: 'groupHistory',
      group: this.group,
      device: 1,
      start: 0,
      items,
      profiles: [],
      isLast: true,
      ...part,
    }
    await this.core.transact((draft) => this.wishes.answered(draft, by.device.address, content))
  }

  async texts(): Promise<string[]> {
    const messages = await readMessages(this.store, this.group, this.own, { limit: 100 })
    return messages.flatMap(({ content }) => (content.kind === 'text' ? [content.body] : []))
  }

  async isWaiting(): Promise<boolean> {
    const record = await this.core.transact((draft) => this.book.record(draft, this.group))
    return record?.history !== undefined
  }
}

const KEY = toBase64url(new Uint8Array([5, ...randomBytes(32)]))
const ids = new Map<string, string>()
/** The id of the message with this text. */
export function idOf(text: string): string {
  const id = ids.get(text) ?? drawMessageId()
  ids.set(text, id)
  return id
}
