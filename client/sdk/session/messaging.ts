/** Wires the parts that talk to the relay, and the commands that queue messages. */

import type { Text } from '#protocol/content/content.ts'
import { KnownContent } from '#protocol/content/content.ts'
import type { DownFrame } from '#protocol/frames/down.ts'
import type { Welcome } from '#protocol/frames/hello.ts'
import { PROTOCOL_VERSION } from '#protocol/version.ts'
import * as v from 'valibot'
import { type AnnotationCommands, annotationCommands } from './annotations/loaded-commands.ts'
import { Applier } from './apply.ts'
import type { Auth } from './auth.ts'
import { Connection, type StopReason } from './connection.ts'
import { Contacts } from './contacts.ts'
import { addMessage, conversationOf, moveReadCursor, setMessageState } from './conversations.ts'
import type { Core } from './core.ts'
import type { Devices } from './devices.ts'
import { DeviceRevokedError, MessageNotFoundError } from './errors.ts'
import { setTimer } from './expiry/agreed.ts'
import { Expiry } from './expiry/expiry.ts'
import { withTimer } from './expiry/stamp.ts'
import { Groups } from './groups/groups.ts'
import { Inbox } from './inbox.ts'
import { KeyLog } from './key-log/key-log.ts'
import type { Caption, MediaFile } from './media/compose.ts'
import { MediaParts } from './media/media.ts'
import { Outbox } from './outbox.ts'
import { Prekeys } from './prekeys.ts'
import { introduceTo, saveAccount } from './profile.ts'
import { pruneSeen } from './prune.ts'
import { Receipts } from './receipts.ts'
import {
  conversationKey,
  deviceListKey,
  earlyIndexKey,
  messageKey,
  messageRecord,
  seenKey,
  seenRecord,
} from './records.ts'
import { Retry } from './retry.ts'
import { Sealed } from './sealed/sealed.ts'
import { Sender } from './sender.ts'
import { wasSentBefore } from './sent-before.ts'
import { TypingNotices } from './typing.ts'
import { Typists } from './typists.ts'

export class Messaging {
  readonly outbox: Outbox
  readonly connection: Connection
  readonly #typing: TypingNotices
  readonly groups: Groups
  readonly annotations: AnnotationCommands
  readonly expiry: Expiry
  readonly keyLog: KeyLog
  readonly media: MediaParts
  readonly contacts: Contacts
  readonly #sealed: Sealed
  readonly #core: Core
  readonly #devices: Devices
  readonly #prekeys: Prekeys
  readonly #receipts: Receipts
  readonly #inbox: Inbox
  readonly #sender: Sender
  readonly #typists: Typists

  constructor(core: Core, auth: Auth, devices: Devices, relayUrl: string) {
    this.#core = core
    this.#devices = devices
    this.#prekeys = new Prekeys(core, auth)
    this.outbox = new Outbox(core)
    this.expiry = new Expiry(core)
    this.connection = new Connection(core, auth, relayUrl, {
      hello: async () => {
        const { lastSeq, incarnation } = await this.#inbox.cursor()
        const known = incarnation === undefined ? {} : { incarnation }
        return { type: 'hello', version: PROTOCOL_VERSION, lastSeq, ...known }
      },
      welcome: (frame, isCurrent) => this.#welcomed(frame, isCurrent),
      frames: (frames, isCurrent) => this.#received(frames, isCurrent),
      disconnected: () => {
        this.#inbox.disconnected()
        this.groups.disconnected()
        this.keyLog.disconnected()
        this.#sealed.disconnected()
        this.#sender.disconnected()
        this.media.disconnected()
      },
      stopped: (reason) => this.#stopped(reason),
    })
    const send = this.connection.send.bind(this.connection)
    this.keyLog = new KeyLog(core, auth, {
      released: (account) => {
        this.#sender.released(account)
        this.groups.released(account)
      },
      refreshOwn: () => devices.refresh(),
    })
    this.#sealed = new Sealed(core, {
      auth,
      devices,
      outbox: this.outbox,
      changed: () => this.#sender.kick(),
      lane: () => this.#sender.laneHooks,
    })
    this.#typing = new TypingNotices(core, send, this.keyLog, this.#sealed)
    this.#typists = new Typists(core)
    this.#receipts = new Receipts(core, this.outbox)
    this.contacts = new Contacts(core, this.outbox, this.#receipts, this.#sealed)
    core.writesTo = (draft, account) => this.contacts.writesTo(draft, account)
    this.#sender = new Sender(core, this.outbox, send, this.keyLog, this.#sealed)
    const retry = new Retry(core, this.outbox)
    this.groups = new Groups(core, {
      auth,
      outbox: this.outbox,
      receipts: this.#receipts,
      typists: this.#typists,
      keyLog: this.keyLog,
      send,
    })
    this.annotations = annotationCommands(core, {
      outbox: this.outbox,
      groups: this.groups,
      isStoring: (id) => this.media.isStoring(id),
      sendText: (conversation, text, id) => this.sendText(conversation, text, id),
      forwardFiles: async (place, to, id) => {
        await this.media.forward(place, to, id)
        await this.#sentIn(to)
      },
    })
    core.forget = async (draft, conversation, of, forgetting) => {
      await this.outbox.forget(draft, of, forgetting)
      this.groups.forget(draft, conversation, of, forgetting)
    }
    this.media = new MediaParts(core, {
      auth,
      outbox: this.outbox,
      groups: this.groups,
      isHeld: (account) => this.#sender.held.has(account),
    })
    const applier = new Applier(core, retry, this.groups, this.contacts)
    // What was being typed is here.
    core.events.on('message', ({ conversation, from, outgoing }) => {
      if (!outgoing) this.#typists.heard(conversation, from, false)
    })
    this.#inbox = new Inbox(core, {
      applier,
      retry,
      gossip: this.keyLog.gossip,
      sealed: this.#sealed,
      receipts: this.#receipts,
      typists: this.#typists,
      send,
    })
  }

  async load(): Promise<void> {
    await this.expiry.load()
    await this.outbox.load(this.#core.store)
    await this.keyLog.load()
    await this.#sender.load()
    await this.#receipts.load()
    await this.groups.load()
    await this.media.load()
    await this.outbox.prune()
    await pruneSeen(this.#core)
  }

  close(): void {
    this.connection.stop()
    this.expiry.close()
    this.#receipts.close()
    this.groups.close()
    this.media.close()
    this.#typists.close()
  }

  /** Once for an id, however often it is called. */
  async sendText(conversation: string, text: Text, id: string): Promise<void> {
    const own = this.#core.requireAccount()
    const isGroup = await this.#core.transact((draft) => this.groups.has(draft, conversation))
    if (isGroup) {
      await this.groups.sendText(conversation, text, id)
      return this.groups.typing.sent(conversation)
    }
    await this.#core.transact(async (draft) => {
      // In one access what is read below: its author waits to see the message.
      await draft.prefetch([
        seenKey(own.account, id),
        conversationKey(conversation),
        earlyIndexKey(conversation),
        deviceListKey(own.account),
      ])
      if (await wasSentBefore(draft, own.account, { id, conversation, content: text })) return
      const content = withTimer(text, (await conversationOf(draft, conversation)).timer)
      const of = { author: own.account, id }
      await introduceTo(this.#core, draft, this.outbox, conversation)
      const isNote = conversation === own.account
      const state = isNote ? 'sent' : this.#sender.held.has(conversation) ? 'blocked' : 'queued'
      const from = { account: own.account, device: own.device }
      const record = { id, from, at: this.#core.now(), state, content } as const
      await addMessage(this.#core, draft, conversation, record, own.account)
      if (!isNote) {
        const message = { conversation, id }
        this.outbox.enqueue(draft, { to: conversation, content, wireId: id, message, urgent: true, of })
      }
      await this.outbox.enqueueForOwnDevices(draft, { kind: 'syncSent', to: conversation, messageId: id, content }, of)
    })
    this.#typing.sent(conversation)
  }

  async sendFiles(conversation: string, files: readonly MediaFile[], caption: Caption, id: string): Promise<void> {
    await this.media.send(conversation, files, caption, id)
    await this.#sentIn(conversation)
  }

  /** What was being typed there is out. */
  async #sentIn(conversation: string): Promise<void> {
    const isGroup = await this.#core.transact((draft) => this.groups.has(draft, conversation))
    if (isGroup) this.groups.typing.sent(conversation)
    else this.#typing.sent(conversation)
  }

  /** Sets after how long what is written from now on disappears, in seconds; 0: never. */
  async setTimer(conversation: string, seconds: number): Promise<void> {
    const isGroup = await this.#core.transact((draft) => this.groups.has(draft, conversation))
    if (isGroup) await this.groups.update(conversation, { timer: seconds })
    else await setTimer(this.#core, this.outbox, conversation, seconds)
  }

  /** Tells a contact, or a group, that the user is typing, or has stopped. */
  async setTyping(conversation: string, typing: boolean): Promise<void> {
    const isGroup = await this.#core.transact((draft) => this.groups.has(draft, conversation))
    if (isGroup && !this.keyLog.stopsEverybody) this.groups.typing.tell(conversation, typing)
    else if (!isGroup) await this.#typing.tell(conversation, typing)
  }

  async retryMessage(id: string): Promise<void> {
    const own = this.#core.requireAccount().account
    await this.#core.transact(async (draft) => {
      const seen = await draft.get(seenRecord, seenKey(own, id))
      if (seen?.conversation === undefined || seen.order === undefined) throw new MessageNotFoundError()
      const { conversation, order } = seen
      if (await this.media.retry(draft, id)) return
      if (await this.groups.has(draft, conversation)) return this.groups.retry(draft, conversation, id)
      const message = await draft.get(messageRecord, messageKey(conversation, order))
      if (message?.state !== 'failed' || message.content === null) throw new MessageNotFoundError()
      const content = v.parse(KnownContent, message.content)
      await setMessageState(this.#core, draft, own, id, 'queued')
      const of = { author: own, id }
      const item = { to: conversation, content, wireId: id, message: { conversation, id }, urgent: true, of } as const
      this.outbox.enqueue(draft, item)
    })
  }

  async markRead(conversation: string, upToMessage: string | undefined): Promise<void> {
    const own = this.#core.requireAccount().account
    await this.#core.transact(async (draft) => {
      const isGroup = await this.groups.has(draft, conversation)
      let upTo = (await conversationOf(draft, conversation)).nextOrder - 1
      if (upToMessage !== undefined) {
        const seen =
          (await draft.get(seenRecord, seenKey(conversation, upToMessage))) ??
          (await draft.get(seenRecord, seenKey(own, upToMessage))) ??
          (isGroup ? await this.groups.reads.find(draft, conversation, upToMessage) : undefined)
        if (seen?.order === undefined || seen.conversation !== conversation) throw new MessageNotFoundError()
        upTo = seen.order
      }
      if (isGroup) return this.groups.reads.upTo(draft, conversation, upTo)
      const passed = await moveReadCursor(this.#core, draft, conversation, upTo, own)
      await this.#receipts.read(draft, passed)
    })
  }

  /** Runs `accept`, and sends what was held back. */
  async acceptIdentity(account: string, accept: () => Promise<boolean>): Promise<boolean> {
    if (!(await accept())) return false
    this.#sender.held.delete(account)
    this.#sender.kick()
    return true
  }

  async #welcomed(frame: Welcome, isCurrent: () => boolean): Promise<void> {
    const isForgotten = await this.#inbox.welcome(frame)
    if (!(await this.#devices.welcomed(frame))) throw new DeviceRevokedError()
    if (!isCurrent()) return
    this.expiry.wake()
    this.keyLog.connected()
    this.#sender.connected()
    this.media.connected()
    this.#supply(this.#sealed.welcomed(frame))
    this.#supply(this.#prekeys.supply(frame.prekeys, isForgotten))
    this.groups.welcomed(frame)
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
      // Answered by the connection.
      case 'readCheck':
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
        return this.#supply(this.#prekeys.refill())
      case 'groupEntries':
      case 'groupNews':
      case 'groupEphemeral':
      case 'keyPackagesLow':
        this.groups.received(frame)
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
