/**
 * An engine in the tab's memory, for developing and for pictures of single screens: it keeps nothing, speaks to nobody and
 * answers after the delays that a good connection has. Never part of a production build.
 */

import type { ErrorCode } from '#protocol/errors.ts'
import type { OwnDevice } from '#sdk/index.ts'
import { canonicalUsername, parseUsername } from '#protocol/username.ts'
import type { StyleRange } from '#protocol/content/content.ts'
import type {
  CommandFailure,
  ConversationRow,
  EngineApi,
  EngineEvent,
  OwnProfile,
  Phase,
  TimelineItem,
} from '../engine/api.ts'
import { type FakeConversation, fakeConversations, fakeId, previewOf } from './fake-conversations.ts'
import { FakeTimeline } from './fake-timeline.ts'

type MessageItem = Extract<TimelineItem, { kind: 'message' }>

export interface FakeOptions {
  /** Which state the client is opened in. */
  readonly start?: 'ready' | 'new' | 'locked' | 'revoked' | 'failed' | 'waitingForOtherBuild' | 'starting'
  readonly connection?: 'online' | 'offline' | 'connecting'
  /** No conversations at all. */
  readonly empty?: boolean
  /** Plain conversations beside the seeded ones. */
  readonly extra?: number
  /** What the seeded times are counted back from. */
  readonly now?: number
  /** Whether the other side types and answers what is sent. */
  readonly answers?: boolean
}

const RECOVERY_KEY = 'K7QM-2XWD-9FTA-H4ZE-RB6N-3VYC'
const PASSPHRASE = 'blizzard'

/** From `?fake=locked&offline&empty&extra=500&now=…&quiet`. */
export function fakeOptionsOf(search: URLSearchParams): FakeOptions {
  const start = search.get('fake')
  return {
    start: start === null || start === '' ? 'ready' : (start as NonNullable<FakeOptions['start']>),
    connection: search.has('offline') ? 'offline' : search.has('connecting') ? 'connecting' : 'online',
    empty: search.has('empty'),
    extra: Number(search.get('extra') ?? 0),
    answers: !search.has('quiet'),
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
  readonly #options: FakeOptions
  profile: OwnProfile = {
    account: fakeId('self'),
    device: 1,
    username: 'robin.frost',
    name: 'Robin Frost',
    appLock: 'none',
    recoveryConfirmed: true,
    settings: { deliveryReceipts: true, readReceipts: true, typing: true },
  }
  phase: Phase
  #sent = 0

  constructor(options: FakeOptions) {
    this.#options = options
    const now = options.now ?? Date.now()
    this.conversations =
      options.empty === true ? new Map<string, FakeConversation>() : fakeConversations(now, options.extra ?? 0)
    this.phase = this.#startPhase()
  }

  #startPhase(): Phase {
    const start = this.#options.start ?? 'ready'
    switch (start) {
      case 'locked':
        this.profile = { ...this.profile, appLock: 'passphrase' }
        return { phase: 'locked', lock: 'passphrase' }
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
    this.emit({ type: 'connection', state: this.connection, queued: this.#queued() })
    if (this.phase.phase === 'ready' || this.phase.phase === 'revoked') {
      this.emit({ type: 'conversations', rows: [...this.conversations.values()].map(({ row }) => row) })
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

  setState(conversation: string, order: number, state: MessageItem['state'], failure?: ErrorCode): void {
    const { timeline } = this.of(conversation)
    const item = timeline.at(order)
    if (item === undefined) return
    const { failure: _, ...rest } = item
    timeline.change({ ...rest, state, ...(failure === undefined ? {} : { failure }) })
    this.emit({ type: 'messageState', conversation, id: item.id, state, ...(failure === undefined ? {} : { failure }) })
    if (order === timeline.lastOrder) this.change(conversation, previewOf(timeline))
  }

  add(conversation: string, message: Omit<MessageItem, 'order' | 'id' | 'kind' | 'at'>): MessageItem {
    const { timeline, row } = this.of(conversation)
    const id = fakeId(`s${++this.#sent}-${Date.now()}`)
    const item = timeline.append({ kind: 'message', id, at: Date.now(), ...message })
    const read = message.outgoing ? { readUpTo: item.order, unread: 0 } : { unread: row.unread + 1 }
    this.emit({ type: 'items', conversation, items: [item] })
    this.change(conversation, { ...previewOf(timeline), ...read })
    return item
  }

  /** The states that a message passes on a good connection. */
  deliver(conversation: string, order: number): void {
    if (this.connection !== 'online') return
    setTimeout(() => this.setState(conversation, order, 'sent'), 60)
    setTimeout(() => this.setState(conversation, order, 'delivered'), 500)
    setTimeout(() => this.setState(conversation, order, 'read'), 1_500)
    if (this.#options.answers !== true) return
    setTimeout(() => this.emit({ type: 'typing', conversation, typing: true }), 1_600)
    setTimeout(() => {
      this.emit({ type: 'typing', conversation, typing: false })
      this.add(conversation, { outgoing: false, state: 'received', content: { kind: 'text', body: 'Got it.' } })
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
    this.change(conversation, { readUpTo, unread: Math.max(0, Math.min(row.unread, timeline.lastOrder - readUpTo)) })
  }

  send(conversation: string, body: string, styles: readonly StyleRange[]): string {
    const blocked = this.of(conversation).row.identityChanged
    const content = { kind: 'text' as const, body, ...(styles.length === 0 ? {} : { styles }) }
    const item = this.add(conversation, { outgoing: true, state: blocked ? 'blocked' : 'queued', content })
    if (!blocked) this.deliver(conversation, item.order)
    return item.id
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
      if (timeline.at(order)?.state !== 'blocked') continue
      this.setState(conversation, order, 'queued')
      this.deliver(conversation, order)
    }
  }
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** An engine with an `EngineApi` and events, as the bridge to the real one has them. */
export function connectFakeEngine(options: FakeOptions = {}): {
  readonly api: EngineApi
  readonly subscribe: (listener: (event: EngineEvent) => void) => () => void
} {
  const engine = new FakeEngine({ answers: true, ...options })
  let devices: readonly OwnDevice[] = [
    { id: 1, isThis: true },
    { id: 2, isThis: false },
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
      await wait(350)
      const canonical = canonicalUsername(username)
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
    async sendText(conversation, body, styles) {
      await wait(10)
      return engine.send(conversation, body, styles)
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
    async saveDraft(conversation, draft) {
      await wait(5)
      if (draft === '') engine.change(conversation, {}, ['draft'])
      else engine.change(conversation, { draft })
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
  return { api, subscribe: (listener) => engine.subscribe(listener) }
}
