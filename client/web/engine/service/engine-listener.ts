/** What the engine tells, as events for tabs and facts for the interface's own records. */

import type { Engine, EngineEvents, Message } from '#sdk/index.ts'
import type { EngineEvent, TimelineItem } from '../api.ts'
import type { Notices } from './notices.ts'
import type { OwnDevices } from './own-devices.ts'
import { previewOf } from './preview.ts'
import type { Queued } from './queued.ts'
import type { Rows } from './rows.ts'
import { type Names, accountsIn } from './names.ts'
import { type People, hasNames, peopleOf, toItem } from './timeline.ts'
import type { Notice } from './ui-records.ts'
import type { UiState } from './ui-state.ts'

/** Longest that a relay keeps what was sent: a conversation that was quiet for longer lost nothing in a gap. */
const GAP_MS = 30 * 24 * 60 * 60_000
/** Conversations that a gap is shown in at most. */
const GAP_CONVERSATIONS = 50
/** Unreadable envelopes that are nothing to tell anybody: read before, or told as a changed key. */
const SILENT = new Set(['duplicate', 'identityChanged'])

/** Messages that wait for names at most. */
const UNNAMED = 100

export interface ListenerParts {
  readonly engine: Engine
  readonly ui: UiState
  readonly rows: Rows
  readonly notices: Notices
  readonly names: Names
  readonly queued: Queued
  readonly devices: OwnDevices
  readonly emit: (event: EngineEvent) => void
  /** The profile or the standing of this device changed. */
  readonly phaseChanged: () => void
}

export class EngineListener {
  readonly #parts: ListenerParts
  readonly #stops: (() => void)[]
  /** The latest messages of groups with accounts in them that have not said how they are called. */
  #unnamed: readonly Message[] = []
  /** Who types, by conversation, as it was told last. */
  readonly #typists = new Map<string, readonly string[]>()
  /** To whom messages wait because the key log has not proven their devices. */
  readonly #unproven = new Set<string>()
  /** Why the engine does not connect any more, until it does again. */
  #stopped: string | undefined

  constructor(parts: ListenerParts) {
    this.#parts = parts
    const { engine, rows, emit, phaseChanged } = parts
    this.#stops = [
      engine.on('message', (message) => forget(this.#message(message))),
      engine.on('mediaStatus', ({ status, ...place }) => emit({ type: 'media', place, status })),
      engine.on('messageChanged', (message) => forget(this.#changed(message))),
      engine.on('group', ({ group }) => {
        emit({ type: 'groupChanged', conversation: group })
        rows.refresh(group)
      }),
      engine.on('timelineChanged', ({ conversation }) => emit({ type: 'timelineChanged', conversation })),
      engine.on('readBy', ({ conversation, id }) => forget(this.#readBy(conversation, id))),
      engine.on('messageState', (change) => {
        emit({ type: 'messageState', ...change })
        this.#stateChanged(change.conversation, change.id, change.state)
      }),
      engine.on('timersBegan', (timers) => emit({ type: 'timers', ...timers })),
      engine.on('messagesExpired', ({ conversation, ids }) => forget(this.#expired(conversation, ids))),
      engine.on('conversation', ({ account }) => rows.refresh(account)),
      engine.on('typing', (notice) => forget(this.#typing(notice))),
      engine.on('profile', ({ account }) => {
        if (account === engine.account) phaseChanged()
        else this.#named(account)
      }),
      engine.on('identityChanged', ({ account }) => {
        rows.setOffered(account, true)
        this.notice(account, 'identityChanged')
      }),
      engine.on('gap', () => this.#gap()),
      engine.on('undecryptable', ({ from, messageId, code, asked }) => {
        if (from !== undefined && from !== engine.account && !SILENT.has(code)) {
          this.notice(from, 'undecryptable', { asked, messageId })
        }
      }),
      engine.on('recovered', ({ from, messageId }) => this.#resolve(from, messageId)),
      engine.on('connection', ({ state }) => {
        if (state !== 'stopped') this.#stopped = undefined
        emit(this.connection())
      }),
      engine.on('keyLogAlarm', () => emit(this.connection())),
      engine.on('keyLogCleared', () => emit(this.connection())),
      engine.on('keyLogWaiting', ({ account, reason }) => {
        // The own account is looked at beside everything else: no message waits for it.
        if (reason !== undefined && account !== engine.account) this.#unproven.add(account)
        else this.#unproven.delete(account)
        emit(this.connection())
      }),
      engine.on('deviceListChanged', () => {
        emit({ type: 'devicesChanged' })
        phaseChanged()
        forget(parts.devices.look())
      }),
      engine.on('stopped', ({ reason }) => {
        this.#stopped = reason
        emit(this.connection())
        phaseChanged()
      }),
    ]
  }

  connection(): EngineEvent {
    const keyLogAlarms = this.#parts.engine.keyLog.alarms()
    const event = {
      type: 'connection',
      state: this.#parts.engine.connection,
      queued: this.#parts.queued.count,
      ...(keyLogAlarms.length === 0 ? {} : { keyLogAlarms }),
      ...(this.#unproven.size === 0 ? {} : { unproven: this.#unproven.size }),
      ...(this.#parts.devices.unknown.length === 0 ? {} : { newDevices: this.#parts.devices.unknown }),
    } as const
    return this.#stopped === undefined ? event : { ...event, stopped: this.#stopped }
  }

  get stopped(): string | undefined {
    return this.#stopped
  }

  /** Adds a line to a conversation, after what is there. */
  notice(
    conversation: string,
    notice: Notice['notice'],
    details: { readonly asked?: boolean; readonly messageId?: string } = {},
  ): void {
    const { rows, notices, ui, emit } = this.#parts
    if (!rows.has(conversation)) forget(ui.update(conversation, {}))
    const after = Math.max(rows.lastOrder(conversation), ui.conversation(conversation).preview?.order ?? 0)
    const { item, saved } = notices.add({ conversation, after, at: Date.now(), notice, ...details })
    forget(saved)
    rows.tell(conversation)
    this.#items(conversation, item)
    emit({ type: 'conversation', row: rows.row(conversation) })
  }

  close(): void {
    for (const stop of this.#stops) stop()
  }

  async #message(message: Message): Promise<void> {
    const { engine, ui, rows, names } = this.#parts
    const { conversation, outgoing } = message
    const people = this.#peopleOf(conversation)
    const isUnnamed = (account: string) => account !== engine.account && !names.isKnown(account)
    const lacksNames = () => hasNames(message, people) && accountsIn(message).some(isUnnamed)
    if (lacksNames()) await names.prepare([message])
    // Names took their time, and its own was over.
    if (message.expiresAt !== undefined && message.expiresAt <= Date.now()) return
    this.#items(conversation, toItem(message, people))
    if (lacksNames()) this.#unnamed = [...this.#unnamed, message].slice(-UNNAMED)
    this.#count(message.id, message.state)
    if (!outgoing) this.#resolve(conversation, message.id)
    const known = ui.conversation(conversation)
    // Who writes comes back to the list, unless it was silenced.
    const isBack = known.archived === true && known.mutedUntil === undefined
    const preview = previewOf(message, people)
    forget(ui.update(conversation, { preview, ...(isBack ? { archived: undefined } : {}) }))
    rows.refresh(conversation)
  }

  /** Something was done to a message: what shows it shows it as it is now. */
  async #changed(message: Message): Promise<void> {
    const { ui, rows, names } = this.#parts
    const { conversation, id } = message
    const people = this.#peopleOf(conversation)
    if (hasNames(message, people)) await names.prepare([message])
    if (message.expiresAt !== undefined && message.expiresAt <= Date.now()) return
    this.#unnamed = this.#unnamed.map((one) => (one.id === id && one.from === message.from ? message : one))
    this.#items(conversation, toItem(message, people))
    if (ui.conversation(conversation).preview?.id !== id) return
    forget(ui.update(conversation, { preview: previewOf(message, people) }))
    rows.tell(conversation)
  }

  /** Nothing of what has disappeared stays here, in the tabs or in the list. */
  async #expired(conversation: string, ids: readonly string[]): Promise<void> {
    const { engine, ui, rows, names, emit } = this.#parts
    this.#unnamed = this.#unnamed.filter(({ id }) => !ids.includes(id))
    emit({ type: 'itemsRemoved', conversation, ids })
    const { preview } = ui.conversation(conversation)
    if (preview === undefined || !ids.includes(preview.id)) return
    forget(ui.update(conversation, { preview: undefined }))
    rows.tell(conversation)
    const [last] = await engine.messages(conversation, { limit: 1 })
    if (last === undefined) return
    const people = this.#peopleOf(conversation)
    if (hasNames(last, people)) await names.prepare([last])
    // Something new came meanwhile, or this one went too.
    if (ui.conversation(conversation).preview !== undefined || (last.expiresAt ?? Infinity) <= Date.now()) return
    forget(ui.update(conversation, { preview: previewOf(last, people) }))
    rows.tell(conversation)
  }

  /** Shows again, with its name, what an account was in before its name was known. */
  #named(account: string): void {
    const messages = this.#unnamed.filter((message) => accountsIn(message).includes(account))
    const { ui, rows } = this.#parts
    for (const message of messages) {
      const { conversation, id } = message
      const people = this.#peopleOf(conversation)
      this.#items(conversation, toItem(message, people))
      const { preview } = ui.conversation(conversation)
      if (preview?.id !== id) continue
      forget(ui.update(conversation, { preview: { ...previewOf(message, people), state: preview.state } }))
      rows.tell(conversation)
    }
    this.#unnamed = this.#unnamed.filter((message) => !messages.includes(message))
  }

  async #typing({ conversation, accounts }: EngineEvents['typing']): Promise<void> {
    const { names, rows, emit } = this.#parts
    const isGroup = rows.isGroup(conversation)
    this.#typists.set(conversation, accounts)
    if (isGroup && accounts.some((account) => !names.isKnown(account))) {
      await names.learn(accounts).catch(() => undefined)
      // Said meanwhile by what came after it.
      if (this.#typists.get(conversation) !== accounts) return
    }
    if (accounts.length === 0) this.#typists.delete(conversation)
    const typists = accounts.map((account) => {
      const name = isGroup ? names.of(account) : undefined
      return name === undefined ? { account } : { account, name }
    })
    emit({ type: 'typing', conversation, typists })
  }

  async #readBy(conversation: string, id: string): Promise<void> {
    const message = await this.#parts.engine.ownMessage(conversation, id)
    if (message !== undefined) this.#items(conversation, toItem(message, this.#peopleOf(conversation)))
  }

  /** It came after all: what said that it could not be read goes, also where it is shown already. */
  #resolve(conversation: string, messageId: string): void {
    const { removed, saved } = this.#parts.notices.resolve(conversation, messageId)
    forget(saved)
    for (const id of removed) this.#parts.emit({ type: 'noticeRemoved', conversation, id })
  }

  #stateChanged(conversation: string, id: string, state: Message['state']): void {
    const { ui, rows } = this.#parts
    this.#count(id, state)
    const { preview } = ui.conversation(conversation)
    if (preview?.id !== id) return
    forget(ui.update(conversation, { preview: { ...preview, state } }))
    rows.tell(conversation)
  }

  #count(id: string, state: Message['state']): void {
    if (this.#parts.queued.note(id, state)) this.#parts.emit(this.connection())
  }

  #peopleOf(conversation: string): People {
    const { engine, names, rows } = this.#parts
    return peopleOf(engine, names, rows.isGroup(conversation))
  }

  #items(conversation: string, item: TimelineItem): void {
    this.#parts.emit({ type: 'items', conversation, items: [item] })
  }

  /** The relay does not know whose messages are missing: it is said wherever one may be. */
  #gap(): void {
    const since = Date.now() - GAP_MS
    const recent = [...this.#parts.rows.conversations()]
      .filter(({ lastAt }) => lastAt > since)
      .sort((a, b) => b.lastAt - a.lastAt)
    for (const { account } of recent.slice(0, GAP_CONVERSATIONS)) this.notice(account, 'gap')
  }
}

/** Written behind what the engine made durable; where it fails the store is gone, and the engine says so. */
export function forget(saving: Promise<unknown>): void {
  saving.catch(() => undefined)
}
