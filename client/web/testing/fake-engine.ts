/**
 * An engine in the tab's memory, for developing and for pictures of single screens: it keeps nothing, speaks to nobody and
 * answers after the delays that a good connection has. Never part of a production build.
 */

import type { KeyLogAlarm, OwnDevice, SendFailure } from '#sdk/index.ts'
import { canonicalUsername, parseUsername } from '#protocol/username.ts'
import type { Mention, StyleRange } from '#protocol/content/content.ts'
import type {
  CommandFailure,
  ConversationRow,
  EngineApi,
  EngineEvent,
  OwnProfile,
  Phase,
  QuoteView,
  TimelineItem,
  TrustView,
} from '../engine/api.ts'
import { quotedContent } from '../state/quoted-content.ts'
import type { EngineConnection } from '../bridge/connection.ts'
import { type FakeConversation, fakeConversations, fakeId, previewOf } from './fake-conversations.ts'
import { FakeContent } from './fake-content.ts'
import { MIRA, OTIS } from './fake-group-seeds.ts'
import { FakeGroups } from './fake-groups.ts'
import { FakeMedia } from './fake-media.ts'
import { showcase } from './fake-showcase.ts'
import { fakeTrust } from './fake-trust.ts'
import { FakeTimeline } from './fake-timeline.ts'

type MessageItem = Extract<TimelineItem, { kind: 'message' }>

export interface FakeOptions {
  /** Which state the client is opened in. */
  readonly start?:
    'ready' | 'new' | 'locked' | 'lockedByPasskey' | 'revoked' | 'failed' | 'waitingForOtherBuild' | 'starting'
  readonly connection?: 'online' | 'offline' | 'connecting'
  /** What is wrong with the key log, for everybody. */
  readonly alarm?: KeyLogAlarm['failure'] | 'waits'
  /** A device came to the own account. */
  readonly newDevice?: boolean
  /** The relay keeps no key log. */
  readonly noLog?: boolean
  /** No conversations at all. */
  readonly empty?: boolean
  /** The few of the README's pictures. */
  readonly showcase?: boolean
  /** Plain conversations beside the seeded ones. */
  readonly extra?: number
  /** Members of the large group. */
  readonly members?: number
  /** What the seeded times are counted back from. */
  readonly now?: number
  /** Whether the other side types and answers what is sent. */
  readonly answers?: boolean
  /** Two members of a group are typing, and go on. */
  readonly typing?: boolean
}

const RECOVERY_KEY = 'K7QM-2XWD-9FTA-H4ZE-RB6N-3VYC'
const PASSPHRASE = 'blizzard'

/** From `?fake=locked&offline&empty&showcase&extra=500&now=…&quiet&typing`. */
export function fakeOptionsOf(search: URLSearchParams): FakeOptions {
  const start = search.get('fake')
  return {
    start: start === null || start === '' ? 'ready' : (start as NonNullable<FakeOptions['start']>),
    connection: search.has('offline') ? 'offline' : search.has('connecting') ? 'connecting' : 'online',
    ...(search.has('alarm') ? { alarm: search.get('alarm') as KeyLogAlarm['failure'] | 'waits' } : {}),
    newDevice: search.has('newDevice'),
    noLog: search.has('noLog'),
    empty: search.has('empty'),
    showcase: search.has('showcase'),
    extra: Number(search.get('extra') ?? 0),
    members: Number(search.get('members') ?? 40),
    answers: !search.has('quiet'),
    typing: search.has('typing'),
    ...(search.has('now') ? { now: Number(search.get('now')) } : {}),
  }
}

class Failure extends Error implements CommandFailure {
  override readonly name = 'Failure'
  readonly code: CommandFailure['code']
  constructor(code: CommandFailure['code']) {
    super(code)
    this.code = code
  }
}

class FakeEngine {
  readonly listeners = new Set<(event: EngineEvent) => void>()
  readonly conversations: Map<string, FakeConversation>
  /** The alarm about the key log that it began with. */
  #isDismissed = false
  #knowsDevices = false
  readonly #options: FakeOptions
  profile: OwnProfile = {
    account: fakeId('self'),
    device: 1,
    username: 'robin.frost',
    name: 'Robin Frost',
    appLock: 'none',
    recoveryConfirmed: true,
    settings: { deliveryReceipts: true, readReceipts: true, typing: true, acceptsStrangers: false },
  }
  phase: Phase
  readonly groups = new FakeGroups(this)
  readonly media = new FakeMedia(this)
  readonly content = new FakeContent(this, (conversation, content, id) => {
    if (content.kind === 'media') this.sendFiles(conversation, content, id, { forwarded: true })
    if (content.kind !== 'text') return
    this.send(conversation, content.body, { styles: [], mentions: [], more: { forwarded: true } }, id)
  })
  #sent = 0

  constructor(options: FakeOptions) {
    this.#options = options
    const now = options.now ?? Date.now()
    if (options.empty === true) this.conversations = new Map()
    else if (options.showcase === true) this.conversations = showcase(now)
    else this.conversations = fakeConversations(now, options.extra ?? 0)
    if (options.empty !== true && options.showcase !== true) this.groups.seed(now, options.members ?? 40)
    this.phase = this.#startPhase()
  }

  #startPhase(): Phase {
    const start = this.#options.start ?? 'ready'
    switch (start) {
      case 'locked':
        this.profile = { ...this.profile, appLock: 'passphrase' }
        return { phase: 'locked', lock: 'passphrase' }
      case 'lockedByPasskey':
        this.profile = { ...this.profile, appLock: 'passkey' }
        return { phase: 'locked', lock: 'passkey' }
      case 'failed':
        return { phase: 'failed', code: 'storageUnavailable' }
      case 'ready':
      case 'revoked':
        return { phase: start, profile: this.profile }
      case 'new':
        this.conversations.clear()
        return { phase: 'new' }
      case 'starting':
      case 'waitingForOtherBuild':
        return { phase: start }
    }
  }

  fail(code: CommandFailure['code']): never {
    throw new Failure(code)
  }

  emit(event: EngineEvent): void {
    for (const listener of this.listeners) listener(event)
  }

  subscribe(listener: (event: EngineEvent) => void): () => void {
    this.listeners.add(listener)
    queueMicrotask(() => this.announce())
    return () => this.listeners.delete(listener)
  }

  announce(): void {
    this.emit({ type: 'phase', phase: this.phase })
    const alarm = this.#isDismissed ? undefined : this.#options.alarm
    this.emit({
      type: 'connection',
      state: this.connection,
      queued: this.#queued(),
      ...(alarm === undefined || alarm === 'waits'
        ? {}
        : { keyLogAlarms: [{ failure: alarm, reach: 'everybody', at: 0 }] }),
      ...(alarm === 'waits' ? { unproven: 1 } : {}),
      ...(this.#options.newDevice === true && !this.#knowsDevices ? { newDevices: [2] } : {}),
    })
    if (this.phase.phase === 'ready' || this.phase.phase === 'revoked') {
      this.emit({ type: 'conversations', rows: [...this.conversations.values()].map(({ row }) => row) })
      const typists = [MIRA, OTIS].map(({ name }) => ({ account: fakeId(name), name }))
      if (this.#options.typing === true) this.emit({ type: 'typing', conversation: fakeId('group-crew'), typists })
    }
  }

  get connection(): 'online' | 'offline' | 'connecting' {
    return this.#options.connection ?? 'online'
  }

  setProfile(change: Partial<OwnProfile>): void {
    this.profile = { ...this.profile, ...change }
    this.phase = { phase: 'ready', profile: this.profile }
    this.emit({ type: 'phase', phase: this.phase })
  }

  of(id: string): FakeConversation {
    const found = this.conversations.get(id)
    if (found === undefined) throw new Failure('unknownRecipient')
    return found
  }

  change(id: string, change: Partial<ConversationRow>, without: readonly (keyof ConversationRow)[] = []): void {
    const conversation = this.of(id)
    const row = { ...conversation.row, ...change }
    for (const key of without) Reflect.deleteProperty(row, key)
    conversation.row = row
    this.emit({ type: 'conversation', row })
  }

  open(id: string, username?: string): string {
    if (!this.conversations.has(id)) {
      const timeline = new FakeTimeline(0, () => {
        throw new RangeError('nothing is generated here')
      })
      const row: ConversationRow = {
        id,
        ...(username === undefined ? {} : { username }),
        unread: 0,
        lastAt: 0,
        lastOrder: 0,
        readUpTo: 0,
        pinned: false,
        archived: false,
        verified: false,
        identityChanged: false,
      }
      this.conversations.set(id, { row, timeline })
      this.emit({ type: 'conversation', row })
    }
    return id
  }

  #queued(): number {
    return this.connection === 'online' ? 0 : 1
  }

  setState(conversation: string, order: number, state: MessageItem['state'], failure?: SendFailure): void {
    const { timeline } = this.of(conversation)
    const item = timeline.message(order)
    if (item === undefined) return
    const { failure: _, ...rest } = item
    timeline.change({ ...rest, state, ...(failure === undefined ? {} : { failure }) })
    if (state === 'sent') this.#begin(conversation, order)
    this.emit({ type: 'messageState', conversation, id: item.id, state, ...(failure === undefined ? {} : { failure }) })
    if (order === timeline.lastOrder) this.change(conversation, previewOf(timeline))
  }

  add(
    conversation: string,
    message: Omit<MessageItem, 'order' | 'id' | 'kind' | 'at'> & { readonly id?: string },
  ): MessageItem {
    const { timeline, row } = this.of(conversation)
    const id = fakeId(`s${++this.#sent}-${Date.now()}`)
    const item = timeline.append({ kind: 'message', id, at: Date.now(), ...message })
    const read = message.outgoing ? { readUpTo: item.order, unread: 0 } : { unread: row.unread + 1 }
    this.emit({ type: 'items', conversation, items: [item] })
    this.change(conversation, { ...previewOf(timeline), ...read })
    return item
  }

  /** Begins the timer of a message that has one. */
  #begin(conversation: string, order: number): void {
    const { timeline } = this.of(conversation)
    const item = timeline.message(order)
    if (item?.timer === undefined || item.expiresAt !== undefined) return
    const expiresAt = Date.now() + item.timer * 1_000
    timeline.change({ ...item, expiresAt })
    this.emit({ type: 'timers', conversation, messages: [{ id: item.id, expiresAt }] })
    // Those that are offered are longer than anybody looks at seeded conversations; tests bring shorter ones.
    if (item.timer <= 3_600) setTimeout(() => this.expire(conversation, [order]), item.timer * 1_000)
  }

  /** Messages disappear. */
  expire(conversation: string, orders: readonly number[]): void {
    const { timeline } = this.of(conversation)
    const ids = orders.flatMap((order) => timeline.message(order)?.id ?? [])
    for (const order of orders) timeline.remove(order)
    this.emit({ type: 'itemsRemoved', conversation, ids })
    const { preview } = previewOf(timeline)
    this.change(conversation, preview === undefined ? {} : { preview }, preview === undefined ? ['preview'] : [])
  }

  /** The states that a message passes on a good connection. */
  deliver(conversation: string, order: number): void {
    if (this.connection !== 'online') return
    setTimeout(() => this.setState(conversation, order, 'sent'), 60)
    const isGroup = this.groups.has(conversation)
    if (isGroup) this.groups.readByAll(conversation, order)
    else {
      setTimeout(() => this.setState(conversation, order, 'delivered'), 500)
      setTimeout(() => this.setState(conversation, order, 'read'), 1_500)
    }
    if (this.#options.answers !== true) return
    const author = isGroup ? this.groups.someone(conversation) : undefined
    const typists = [author ?? { account: conversation }]
    setTimeout(() => this.emit({ type: 'typing', conversation, typists }), 1_600)
    setTimeout(() => {
      this.emit({ type: 'typing', conversation, typists: [] })
      const answer = { outgoing: false, state: 'received', content: { kind: 'text', body: 'Got it.' } } as const
      this.add(conversation, { ...answer, ...(author === undefined ? {} : { author }) })
    }, 3_500)
  }

  byId(id: string): { readonly conversation: string; readonly order: number } {
    for (const [conversation, { timeline }] of this.conversations) {
      for (let order = timeline.lastOrder; order > Math.max(0, timeline.lastOrder - 200); order--) {
        if (timeline.at(order)?.id === id) return { conversation, order }
      }
    }
    throw new Failure('notFound')
  }

  /** The message under this order or id was read. */
  read(conversation: string, upToMessage: string | undefined): void {
    const { timeline, row } = this.of(conversation)
    const upTo = upToMessage === undefined ? timeline.lastOrder : this.byId(upToMessage).order
    if (upTo <= row.readUpTo && row.unread === 0) return
    const readUpTo = Math.max(row.readUpTo, upTo)
    const unread = timeline.unreadAfter(readUpTo)
    this.change(conversation, { readUpTo, unread }, unread === 0 ? ['mentions'] : [])
  }

  /** What a message shows of the one that it answers. */
  quoteOf(conversation: string, account: string, id: string): QuoteView {
    const item = this.of(conversation).timeline.message(this.byId(id).order)
    const author = { account }
    if (item === undefined) return { id, author }
    return { id, author, order: item.order, ...quotedContent(item.content) }
  }

  send(
    conversation: string,
    body: string,
    {
      styles,
      mentions,
      more = {},
    }: { styles: readonly StyleRange[]; mentions: readonly Mention[]; more?: Pick<MessageItem, 'quote' | 'forwarded'> },
    id: string,
  ): void {
    const blocked = this.of(conversation).row.identityChanged
    const content = {
      kind: 'text' as const,
      body,
      ...(styles.length === 0 ? {} : { styles }),
      ...(mentions.length === 0 ? {} : { mentions }),
    }
    const { timer } = this.of(conversation).row
    const timed = timer === undefined ? {} : { timer }
    const item = this.add(conversation, {
      id,
      outgoing: true,
      state: blocked ? 'blocked' : 'queued',
      content,
      ...more,
      ...timed,
    })
    if (!blocked) this.deliver(conversation, item.order)
  }

  filesAt(conversation: string, order: number): Extract<MessageItem['content'], { kind: 'media' }> | undefined {
    const content = this.of(conversation).timeline.message(order)?.content
    return content?.kind === 'media' ? content : undefined
  }

  sendFiles(
    conversation: string,
    content: MessageItem['content'],
    id: string,
    more: Pick<MessageItem, 'forwarded'> = {},
  ): void {
    const item = this.add(conversation, { id, outgoing: true, state: 'queued', content, ...more })
    this.deliver(conversation, item.order)
  }

  knowDevices(): void {
    this.#knowsDevices = true
    this.announce()
  }

  trust(conversation: string): TrustView {
    return fakeTrust(conversation, this.#options.now ?? Date.now(), this.#options.noLog !== true)
  }

  dismissAlarm(): void {
    this.#isDismissed = true
    this.announce()
  }

  acceptIdentity(conversation: string): void {
    this.change(conversation, { identityChanged: false, verified: false })
    const { timeline } = this.of(conversation)
    const at = Date.now()
    const notice = {
      kind: 'notice',
      id: fakeId(`a${at}`),
      order: timeline.lastOrder,
      at,
      notice: 'identityAccepted',
    } as const
    timeline.notice(notice)
    this.emit({ type: 'items', conversation, items: [notice] })
    for (let order = 1; order <= timeline.lastOrder; order++) {
      if (timeline.message(order)?.state !== 'blocked') continue
      this.setState(conversation, order, 'queued')
      this.deliver(conversation, order)
    }
  }
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** An engine with an `EngineApi` and events, as the bridge to the real one has them. */
export function connectFakeEngine(options: FakeOptions = {}): EngineConnection {
  const engine = new FakeEngine({ answers: true, ...options })
  // Tests let messages disappear at a moment of their choice.
  addEventListener('fake:expire', (event) => {
    const { conversation, orders } = (event as CustomEvent<{ conversation: string; orders: readonly number[] }>).detail
    engine.expire(conversation, orders)
  })
  let devices: readonly OwnDevice[] = [
    { id: 1, isThis: true },
    { id: 2, isThis: false, idleSince: Date.now() - 50 * 86_400_000 },
  ]

  const api: EngineApi = {
    async register({ username, name }) {
      await wait(600)
      const parsed = parseUsername(username)
      if (!parsed.ok) throw new Failure(parsed.code)
      if (parsed.canonical === 'taken') throw new Failure('usernameTaken')
      engine.setProfile({ username: parsed.canonical, name, recoveryConfirmed: false })
      engine.announce()
    },
    recoveryKey: () => Promise.resolve(RECOVERY_KEY),
    async confirmRecoveryKey(lastGroup) {
      await wait(150)
      const right = lastGroup.trim().toUpperCase() === RECOVERY_KEY.slice(-4)
      if (right) engine.setProfile({ recoveryConfirmed: true })
      return right
    },

    async unlock(by) {
      await wait(400)
      if (by.by === 'passphrase' && by.passphrase !== PASSPHRASE) throw new Failure('wrongPassphrase')
      if (
        by.by === 'recoveryKey' &&
        by.recoveryKey.replaceAll(/[\s-]/g, '').toUpperCase() !== RECOVERY_KEY.replaceAll('-', '')
      ) {
        throw new Failure('wrongRecoveryKey')
      }
      engine.setProfile({})
      engine.announce()
    },
    async lock() {
      await wait(20)
      if (engine.profile.appLock === 'none') return
      engine.phase = { phase: 'locked', lock: engine.profile.appLock }
      engine.emit({ type: 'phase', phase: engine.phase })
    },
    async setAppLock({ lock }) {
      await wait(500)
      engine.setProfile({ appLock: lock })
    },
    passkeyLock: () => Promise.resolve(undefined),

    async openByUsername(username) {
      const canonical = canonicalUsername(username)
      // So that an answer can come after that to a later question.
      await wait(canonical.startsWith('slow.') ? 900 : 350)
      for (const { row } of engine.conversations.values()) if (row.username === canonical) return row.id
      if (canonical === 'nobody') throw new Failure('usernameNotFound')
      if (engine.connection !== 'online') throw new Failure('offline')
      return engine.open(fakeId(canonical), canonical)
    },
    async openByAccount(account) {
      await wait(350)
      return engine.open(account)
    },
    async timeline(conversation, range) {
      await wait(15)
      return engine.of(conversation).timeline.page(range)
    },
    async sendText(conversation, body, styles, id, mentions = [], quote) {
      await wait(10)
      const answered = quote === undefined ? undefined : engine.quoteOf(conversation, quote.author, quote.id)
      engine.send(conversation, body, { styles, mentions, ...(answered && { more: { quote: answered } }) }, id)
    },
    async retryMessage(id) {
      await wait(10)
      const { conversation, order } = engine.byId(id)
      engine.setState(conversation, order, 'queued')
      engine.deliver(conversation, order)
    },
    async markRead(conversation, upToMessage) {
      await wait(10)
      engine.read(conversation, upToMessage)
    },
    setTyping: () => Promise.resolve(),
    async saveDraft(conversation, draft, draftStyles, draftMentions = []) {
      await wait(5)
      if (draft === '') engine.change(conversation, {}, ['draft', 'draftStyles', 'draftMentions'])
      else engine.change(conversation, { draft, draftStyles, draftMentions })
    },
    async setPinned(conversation, pinned) {
      await wait(10)
      engine.change(conversation, { pinned })
    },
    async setArchived(conversation, archived) {
      await wait(10)
      engine.change(conversation, { archived })
    },
    async setMuted(conversation, until) {
      await wait(10)
      if (until === undefined) engine.change(conversation, {}, ['mutedUntil'])
      else engine.change(conversation, { mutedUntil: until })
    },

    safetyNumber: () =>
      Promise.resolve(
        Array.from({ length: 12 }, (_, group) => `${(group * 71_993 + 10_007) % 100_000}`.padStart(5, '0')),
      ),
    async setVerified(conversation, verified) {
      await wait(20)
      engine.change(conversation, { verified })
    },
    async acceptIdentity(conversation) {
      await wait(20)
      engine.acceptIdentity(conversation)
    },
    trust: (conversation) => Promise.resolve(engine.trust(conversation)),
    async chooseWitness(key) {
      await wait(20)
      if (!key.includes('+')) throw new Failure('contentInvalid')
    },
    keyLogEvidence: () => Promise.resolve('[]'),
    async dismissKeyLogAlarm() {
      await wait(100)
      engine.dismissAlarm()
    },

    ...engine.media.commands,
    ...engine.groups.commands,
    ...engine.content.commands,

    async setName(name) {
      await wait(100)
      engine.setProfile({ name })
    },
    async claimUsername(username) {
      await wait(300)
      const parsed = parseUsername(username)
      if (!parsed.ok) throw new Failure(parsed.code)
      if (parsed.canonical === 'taken') throw new Failure('usernameTaken')
      engine.setProfile({ username: parsed.canonical })
      return parsed.canonical
    },
    async changeSettings(change) {
      await wait(30)
      engine.setProfile({ settings: { ...engine.profile.settings, ...change } })
    },
    devices: () => Promise.resolve(devices),
    async revokeDevice(id) {
      await wait(300)
      devices = devices.filter((device) => device.id !== id)
      engine.emit({ type: 'devicesChanged' })
    },
    async acknowledgeDevices() {
      await wait(20)
      engine.knowDevices()
    },
    pushKey: () => Promise.resolve(`B${'A'.repeat(86)}`),
    subscribePush: () => wait(200),
    unsubscribePush: () => wait(200),
    about: () =>
      Promise.resolve({
        build: 'fake',
        protocolVersion: 1,
        relay: 'https://relay.example',
        account: engine.profile.account,
        identityFingerprint: ['4f1c', '09be', 'a7d2', '53e8', '6b90', 'c1f4', '2d37', '88ea'],
        storage: { persisted: true, usage: 3_400_000, quota: 2_000_000_000 },
      }),
  }
  return {
    api,
    subscribe: (listener) => engine.subscribe(listener),
    idle: () => Promise.resolve(),
    onOtherBuild: () => () => undefined,
    agreeToOtherBuild: () => undefined,
  }
}
