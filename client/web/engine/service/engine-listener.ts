/** What the engine tells, as events for tabs and facts for the interface's own records. */

import type { Engine, Message } from '#sdk/index.ts'
import type { EngineEvent, TimelineItem } from '../api.ts'
import type { Notices } from './notices.ts'
import { previewOf } from './preview.ts'
import type { Queued } from './queued.ts'
import type { Rows } from './rows.ts'
import { toItem } from './timeline.ts'
import type { Notice } from './ui-records.ts'
import type { UiState } from './ui-state.ts'

/** Longest that a relay keeps what was sent: a conversation that was quiet for longer lost nothing in a gap. */
const GAP_MS = 30 * 24 * 60 * 60_000
/** Conversations that a gap is shown in at most. */
const GAP_CONVERSATIONS = 50
/** Unreadable envelopes that are nothing to tell anybody: read before, or told as a changed key. */
const SILENT = new Set(['duplicate', 'identityChanged'])

export interface ListenerParts {
  readonly engine: Engine
  readonly ui: UiState
  readonly rows: Rows
  readonly notices: Notices
  readonly queued: Queued
  readonly emit: (event: EngineEvent) => void
  /** The profile or the standing of this device changed. */
  readonly phaseChanged: () => void
}

export class EngineListener {
  readonly #parts: ListenerParts
  readonly #stops: (() => void)[]
  /** Why the engine does not connect any more, until it does again. */
  #stopped: string | undefined

  constructor(parts: ListenerParts) {
    this.#parts = parts
    const { engine, rows, emit, phaseChanged } = parts
    this.#stops = [
      engine.on('message', (message) => this.#message(message)),
      engine.on('messageState', (change) => {
        emit({ type: 'messageState', ...change })
        this.#stateChanged(change.conversation, change.id, change.state)
      }),
      engine.on('conversation', ({ account }) => rows.refresh(account)),
      engine.on('typing', (notice) => emit({ type: 'typing', ...notice })),
      engine.on('profile', ({ account }) => {
        if (account === engine.account) phaseChanged()
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
      engine.on('connection', ({ state }) => {
        if (state !== 'stopped') this.#stopped = undefined
        emit(this.connection())
      }),
      engine.on('deviceListChanged', () => {
        emit({ type: 'devicesChanged' })
        phaseChanged()
      }),
      engine.on('stopped', ({ reason }) => {
        this.#stopped = reason
        emit(this.connection())
        phaseChanged()
      }),
    ]
  }

  connection(): EngineEvent {
    const event = {
      type: 'connection',
      state: this.#parts.engine.connection,
      queued: this.#parts.queued.count,
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

  #message(message: Message): void {
    const { ui, notices, rows } = this.#parts
    const { conversation, outgoing } = message
    this.#items(conversation, toItem(message))
    this.#count(message.id, message.state)
    if (!outgoing) forget(notices.resolve(conversation, message.id))
    const known = ui.conversation(conversation)
    // Who writes comes back to the list, unless it was silenced.
    const isBack = known.archived === true && known.mutedUntil === undefined
    forget(ui.update(conversation, { preview: previewOf(message), ...(isBack ? { archived: undefined } : {}) }))
    rows.refresh(conversation)
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
export function forget(saving: Promise<void>): void {
  saving.catch(() => undefined)
}
