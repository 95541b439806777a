/** Wires the parts that talk to the relay, and the commands that queue messages. */

import type { Text } from '#protocol/content/content.ts'
import { KnownContent } from '#protocol/content/content.ts'
import type { DownFrame } from '#protocol/frames/down.ts'
import type { Welcome } from '#protocol/frames/hello.ts'
import { PROTOCOL_VERSION } from '#protocol/version.ts'
import * as v from 'valibot'
import { Applier } from './apply.ts'
import type { Auth } from './auth.ts'
import { Connection, type StopReason } from './connection.ts'
import { addMessage, conversationOf, moveReadCursor, setMessageState } from './conversations.ts'
import { drawMessageId, type Core } from './core.ts'
import type { Devices } from './devices.ts'
import { DeviceRevokedError, MessageNotFoundError } from './errors.ts'
import { Inbox } from './inbox.ts'
import { Outbox } from './outbox.ts'
import { Prekeys } from './prekeys.ts'
import { introduceTo, saveAccount } from './profile.ts'
import { pruneSeen } from './prune.ts'
import { Receipts } from './receipts.ts'
import { messageKey, messageRecord, seenKey, seenRecord } from './records.ts'
import { Retry } from './retry.ts'
import { Sender } from './sender.ts'
import { TypingNotices } from './typing.ts'

export class Messaging {
  readonly outbox: Outbox
  readonly connection: Connection
  readonly typing: TypingNotices
  readonly #core: Core
  readonly #devices: Devices
  readonly #prekeys: Prekeys
  readonly #receipts: Receipts
  readonly #inbox: Inbox
  readonly #sender: Sender

  constructor(core: Core, auth: Auth, devices: Devices, relayUrl: string) {
    this.#core = core
    this.#devices = devices
    this.#prekeys = new Prekeys(core, auth)
    this.connection = new Connection(core, auth, relayUrl, {
      hello: async () => {
        const { lastSeq, incarnation } = await this.#inbox.cursor()
        const known = incarnation === undefined ? {} : { incarnation }
        return { type: 'hello', version: PROTOCOL_VERSION, lastSeq, ...known }
      },
      welcome: (frame) => this.#welcomed(frame),
      frames: (frames, isCurrent) => this.#received(frames, isCurrent),
      disconnected: () => {
        this.#inbox.disconnected()
        this.#sender.disconnected()
      },
      stopped: (reason) => this.#stopped(reason),
    })
    const send = this.connection.send.bind(this.connection)
    this.outbox = new Outbox(core)
    this.typing = new TypingNotices(core, send)
    this.#receipts = new Receipts(core, this.outbox)
    this.#sender = new Sender(core, this.outbox, send)
    const retry = new Retry(core, this.outbox)
    const applier = new Applier(core, retry)
    core.events.on('message', ({ conversation, outgoing }) => {
      if (!outgoing) this.typing.received(conversation)
    })
    this.#inbox = new Inbox(core, { applier, retry, receipts: this.#receipts, typing: this.typing, send })
  }

  async load(): Promise<void> {
    await this.outbox.load(this.#core.store)
    await this.#sender.load()
    await this.#receipts.load()
    await this.outbox.prune()
    await pruneSeen(this.#core)
  }

  close(): void {
    this.connection.stop()
    this.#receipts.close()
    this.typing.close()
  }

  async sendText(conversation: string, content: Text): Promise<string> {
    const own = this.#core.requireAccount()
    const id = drawMessageId()
    await this.#core.transact(async (draft) => {
      await introduceTo(this.#core, draft, this.outbox, conversation)
      const isNote = conversation === own.account
      const state = isNote ? 'sent' : this.#sender.held.has(conversation) ? 'blocked' : 'queued'
      const from = { account: own.account, device: own.device }
      const record = { id, from, at: this.#core.now(), state, content } as const
      await addMessage(this.#core, draft, conversation, record, own.account)
      if (!isNote) {
        const message = { conversation, id }
        this.outbox.enqueue(draft, { to: conversation, content, wireId: id, message, urgent: true })
      }
      await this.outbox.enqueueForOwnDevices(draft, { kind: 'syncSent', to: conversation, messageId: id, content })
    })
    this.typing.sent(conversation)
    return id
  }

  async retryMessage(id: string): Promise<void> {
    const own = this.#core.requireAccount().account
    await this.#core.transact(async (draft) => {
      const seen = await draft.get(seenRecord, seenKey(own, id))
      if (seen?.conversation === undefined || seen.order === undefined) throw new MessageNotFoundError()
      const { conversation, order } = seen
      const message = await draft.get(messageRecord, messageKey(conversation, order))
      if (message?.state !== 'failed') throw new MessageNotFoundError()
      const content = v.parse(KnownContent, message.content)
      await setMessageState(this.#core, draft, own, id, 'queued')
      this.outbox.enqueue(draft, { to: conversation, content, wireId: id, message: { conversation, id }, urgent: true })
    })
  }

  async markRead(conversation: string, upToMessage: string | undefined): Promise<void> {
    const own = this.#core.requireAccount().account
    await this.#core.transact(async (draft) => {
      let upTo = (await conversationOf(draft, conversation)).nextOrder - 1
      if (upToMessage !== undefined) {
        const seen =
          (await draft.get(seenRecord, seenKey(conversation, upToMessage))) ??
          (await draft.get(seenRecord, seenKey(own, upToMessage)))
        if (seen?.order === undefined || seen.conversation !== conversation) throw new MessageNotFoundError()
        upTo = seen.order
      }
      const passed = await moveReadCursor(this.#core, draft, conversation, upTo, own)
      await this.#receipts.read(draft, conversation, passed)
    })
  }

  /** Runs `accept`, and sends what was held back. */
  async acceptIdentity(account: string, accept: () => Promise<boolean>): Promise<boolean> {
    if (!(await accept())) return false
    this.#sender.held.delete(account)
    this.#sender.kick()
    return true
  }

  async #welcomed(frame: Welcome): Promise<void> {
    const isForgotten = await this.#inbox.welcome(frame)
    if (!(await this.#devices.follow(frame.deviceListVersion))) throw new DeviceRevokedError()
    this.#sender.connected()
    this.#supply(this.#prekeys.supply(frame.prekeys, isForgotten))
  }

  async #received(frames: readonly DownFrame[], isCurrent: () => boolean): Promise<void> {
    const items = frames.flatMap((frame) => (frame.type === 'envelopes' ? frame.items : []))
    if (items.length > 0) await this.#inbox.read(items, isCurrent)
    for (const frame of frames) if (isCurrent()) await this.#handle(frame, isCurrent)
  }

  async #handle(frame: DownFrame, isCurrent: () => boolean): Promise<void> {
    switch (frame.type) {
      case 'welcome':
      case 'envelopes':
      case 'error':
        return
      case 'ephemeral':
        return this.#inbox.readEphemeral(frame.items)
      case 'gap':
        return this.#inbox.gap(frame, isCurrent)
      case 'caughtUp':
        return this.#core.events.emit('caughtUp', { upTo: frame.upTo })
      case 'accepted':
        return this.#sender.accepted(frame)
      case 'mismatch':
        return this.#sender.mismatch(frame)
      case 'rejected':
        return this.#sender.rejected(frame)
      case 'deviceListChanged':
        if (!(await this.#devices.follow(frame.version))) throw new DeviceRevokedError()
        return
      case 'prekeysLow':
        this.#supply(this.#prekeys.refill())
    }
  }

  /** Beside the frames: they must not wait for it. When it fails, the next connection tries again. */
  #supply(work: Promise<void>): void {
    void work.catch(() => undefined)
  }

  async #stopped(reason: StopReason): Promise<void> {
    const account = this.#core.account
    if (reason === 'deviceRevoked' && account?.stage === 'ready') {
      await this.#core.transact((draft) => {
        saveAccount(this.#core, draft, { ...account, stage: 'revoked' })
        return Promise.resolve()
      })
    }
    this.#core.events.emit('stopped', { reason })
  }
}
