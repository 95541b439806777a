/** The engine: one account's device, from its store to its relay. */

import * as v from 'valibot'
import { type ContactDecision, type Mention, type StyleRange, Text } from '#protocol/content/content.ts'
import { type PushCommands, pushCommands } from './pushes.ts'
import type { MessageName } from '#protocol/content/message-name.ts'
import { claimUsername, findUsername } from '#protocol/http/accounts.ts'
import { fetchDeviceList } from '#protocol/http/devices.ts'
import { MessageId } from '#protocol/primitives.ts'
import { Timer } from '#protocol/timer.ts'
import { canonicalUsername } from '#protocol/username.ts'
import { fromBase64url } from '#protocol/bytes.ts'
import { safetyNumber } from '../crypto/safety-number.ts'
import type { RegisterOptions } from './account.ts'
import type { AnnotationCommands } from './annotations/loaded-commands.ts'
import { Auth } from './auth.ts'
import { findMessage, readMessages, toConversation } from './conversations.ts'
import type { Core } from './core.ts'
import { Devices, type OwnDevice } from './devices.ts'
import { adoptDeviceList, knownDeviceList } from './directory.ts'
import { ContentInvalidError, DeviceRevokedError, EngineClosedError, IdentityUnknownError } from './errors.ts'
import { type ConnectionState, type Conversation, type EngineEvents, type Listener, type Message } from './events.ts'
import type { GroupCommands } from './groups/groups.ts'
import type { KeyLogCommands } from './key-log/key-log.ts'
import { acceptOfferedIdentity } from './identity-change.ts'
import type { Caption, MediaFile } from './media/compose.ts'
import type { MediaCommands } from './media/media.ts'
import { drawMessageId } from './message-id.ts'
import { Messaging } from './messaging.ts'
import type { SearchQuery } from './search/query.ts'
import type { Search, SearchResult } from './search/search.ts'
import { type ProfileChange, changeProfile } from './profile.ts'
import {
  type Account,
  SETTINGS,
  type Settings,
  conversationRecord,
  identityKey,
  identityRecord,
  parseRecord,
  settingsRecord,
  usernameKey,
  usernameRecord,
} from './records.ts'

/** A device is linked once: what that takes is loaded then. */
const loadLinking = () => import('./linking.ts')

/** Messages in a page when the caller names no number. */
const PAGE = 50

/** - `new`: register or link; `registering`: `register` did not finish, call it again; `revoked`: removed from the account. */
export type EngineState = 'new' | 'registering' | 'ready' | 'revoked'

/** Made by `openEngine`. Calls reject with `EngineClosedError` after `close`. */
export class Engine {
  readonly #core: Core
  readonly #auth: Auth
  readonly #devices: Devices
  readonly #messaging: Messaging

  readonly #closed: () => void
  #search: Search | undefined

  /** @internal */
  constructor(core: Core, relayUrl: string, closed: () => void) {
    this.#core = core
    this.#closed = closed
    this.#auth = new Auth(core)
    this.#devices = new Devices(core, this.#auth)
    this.#messaging = new Messaging(core, this.#auth, this.#devices, relayUrl)
  }

  /** @internal */
  async load(): Promise<void> {
    await this.#messaging.load()
  }

  get state(): EngineState {
    return this.#core.account?.stage ?? 'new'
  }

  get connection(): ConnectionState {
    return this.#messaging.connection.state
  }

  /** The own account id; `undefined` before registration or linking. */
  get account(): string | undefined {
    return this.#core.account?.account
  }

  /** This device within the account. */
  get device(): number | undefined {
    return this.#core.account?.device
  }

  get username(): string | undefined {
    return this.#core.account?.username
  }

  get profileName(): string | undefined {
    return this.#core.account?.profileName
  }

  get settings(): Settings {
    return this.#core.settings
  }

  /**
   * Listens to an event. Listeners run after what they are told is durable, in the order of the inbox; one `message` for
   * each message. What a killed process had no time to tell is found in `conversations` as unread.
   *
   * @returns a function that ends it
   */
  on<K extends keyof EngineEvents>(event: K, listener: Listener<K>): () => void {
    return this.#core.events.on(event, listener)
  }

  /**
   * Registers an account with this device. After any failure, call it again, with another username or invite if need be.
   *
   * @throws RelayError (`usernameTaken`, `usernameInvalid`, `inviteRequired`, `registrationClosed`, …), OfflineError, AlreadyRegisteredError
   */
  async register(options: RegisterOptions = {}): Promise<void> {
    this.#requireOpen()
    // Once in the life of a device.
    const { registerAccount } = await import('./account.ts')
    await registerAccount(this.#core, options)
  }

  /** Connects and stays connected, through losses of the network and restarts of the relay, until `disconnect`. */
  connect(): Promise<void> {
    this.#requireReady()
    this.#messaging.expiry.wake()
    this.#messaging.connection.start()
    return Promise.resolve()
  }

  disconnect(): void {
    this.#messaging.connection.stop()
  }

  /** The platform says that the network is back, or that it slept: try at once. */
  networkAvailable(): void {
    this.#messaging.expiry.wake()
    this.#messaging.connection.hint()
  }

  /** Ends everything and closes the store. Idempotent. What is queued is sent by the next engine on it. */
  async close(): Promise<void> {
    if (this.#core.isClosed) return
    this.#core.isClosed = true
    this.#messaging.close()
    this.#search?.close()
    await this.#core.serial.idle()
    await this.#core.platform.mediaStore.close()
    await this.#core.store.close()
    this.#closed()
  }

  /**
   * The account that has a username.
   *
   * @throws RelayError `usernameNotFound`; OfflineError
   */
  async findByUsername(name: string): Promise<string> {
    this.#requireReady()
    const { account, username } = await this.#auth.call(findUsername, { username: name })
    await this.#core.transact((draft) => {
      draft.put(usernameRecord, usernameKey(canonicalUsername(username)), { account })
      return Promise.resolve()
    })
    return account
  }

  /**
   * Claims a username in place of the present one. Answers it as the relay wrote it.
   *
   * @throws RelayError `usernameTaken`, `usernameInvalid`, `usernameReserved`; OfflineError
   */
  async claimUsername(name: string): Promise<string> {
    this.#requireReady()
    const { username } = await this.#auth.call(claimUsername, { username: name })
    await this.#changeProfile({ username })
    return username
  }

  /** Changes the name that contacts and own devices see. At most 64 characters. */
  async setProfileName(name: string): Promise<void> {
    this.#requireReady()
    await this.#changeProfile({ profileName: name })
  }

  /**
   * Sends a text to an account. Resolves with the message's id once it is durable here; the relay gets it as soon as it can
   * be reached. Progress comes as `messageState`.
   *
   * @param conversation the other account's id
   * @param options.quote the message of the conversation that it answers
   * @param options.id the message's id, for a caller that must be able to call again when it does not know whether it was
   *   heard: 128 random bits in base64url, drawn once for the message. The same text under the same id is sent once
   * @throws ContentInvalidError when the text is empty or longer than 24 KiB, a style lies outside of it, or the id is none;
   *   MessageIdReusedError when the id is another message's
   */
  async sendText(
    conversation: string,
    body: string,
    options: {
      readonly styles?: readonly StyleRange[]
      readonly mentions?: readonly Mention[]
      readonly quote?: MessageName
      readonly id?: string
    } = {},
  ): Promise<string> {
    this.#requireReady()
    const { styles, mentions, quote, id = drawMessageId() } = options
    if (!v.is(MessageId, id)) throw new ContentInvalidError('not a message id')
    const text = v.safeParse(Text, {
      kind: 'text',
      body,
      ...(styles === undefined ? {} : { styles: [...styles] }),
      ...(mentions === undefined ? {} : { mentions: [...mentions] }),
      ...(quote === undefined ? {} : { quote: { author: quote.author, id: quote.id } }),
    })
    if (!text.success) throw new ContentInvalidError(text.issues[0].message)
    await this.#messaging.sendText(conversation, text.output, id)
    return id
  }

  /**
   * Sends files, as one message. Resolves with its id once it and all of their octets are durable here; it is sent when the
   * files are stored. Their way is told by `mediaStatus`.
   *
   * @param options.id as of {@link sendText}
   * @throws MediaTooLargeError for no file, more than 10, or one over 100 MiB; ContentInvalidError for what is said of
   *   them; MediaSourceError when one cannot be read; StoreFullError; GroupError; MessageIdReusedError
   */
  async sendFiles(
    conversation: string,
    files: readonly MediaFile[],
    options: Caption & { readonly id?: string } = {},
  ): Promise<string> {
    this.#requireReady()
    const { id = drawMessageId(), ...caption } = options
    if (!v.is(MessageId, id)) throw new ContentInvalidError('not a message id')
    await this.#messaging.sendFiles(conversation, files, caption, id)
    return id
  }

  /** Files of messages: where they are, and their octets. */
  get media(): MediaCommands {
    this.#requireOpen()
    return this.#messaging.media
  }

  /**
   * Decides about who wrote without being known, or about a contact; the own other devices follow. To write to a request
   * accepts it, too.
   *
   * - `accepted`: a request becomes a conversation, and its other side is given what it takes to write unseen.
   * - `deleted`: a request goes, with what was written in it. Its author can begin another.
   * - `blocked`: what the account sends from now on is dropped, and of a request also what it has sent; the other contacts are given a new
   *   delivery key. The account is not told.
   * - `unblocked`
   */
  async decide(account: string, decision: ContactDecision): Promise<void> {
    this.#requireReady()
    await this.#messaging.contacts.decide(account, decision)
  }

  /** Sends a failed message again. @throws MessageNotFoundError unless it is an own message that failed */
  async retryMessage(id: string): Promise<void> {
    this.#requireReady()
    await this.#messaging.retryMessage(id)
  }

  /**
   * A page of a conversation in timeline order: the newest messages, or those before (after) the order `before` (`after`).
   */
  async messages(
    conversation: string,
    { limit = PAGE, ...range }: { readonly before?: number; readonly after?: number; readonly limit?: number } = {},
  ): Promise<Message[]> {
    this.#requireOpen()
    return readMessages(this.#core.store, conversation, this.#core.account?.account ?? '', { ...range, limit })
  }

  /** A message by its author and id; `undefined` where the conversation has none of it. */
  async message(conversation: string, of: MessageName): Promise<Message | undefined> {
    this.#requireOpen()
    return this.#core.transact((draft) => findMessage(draft, conversation, this.#core.account?.account ?? '', of))
  }

  /** An own message by its id. */
  async ownMessage(conversation: string, id: string): Promise<Message | undefined> {
    return this.message(conversation, { author: this.#core.account?.account ?? '', id })
  }

  /**
   * Messages of this device with these words, the newest first. The first search reads them; its answer says how far that
   * came. Nothing of it is stored, and nobody is asked.
   */
  async search(query: SearchQuery): Promise<SearchResult> {
    this.#requireOpen()
    const { Search } = await import('./search/search.ts')
    this.#search ??= new Search(this.#core)
    return this.#search.find(query)
  }

  /** All conversations, the most recent first. */
  async conversations(): Promise<Conversation[]> {
    this.#requireOpen()
    const records = await this.#core.store.all('conversation')
    return records
      .map(({ partition, value }) => toConversation(partition, parseRecord(conversationRecord, value)))
      .sort((a, b) => b.lastAt - a.lastAt)
  }

  /** Marks everything up to a message (all, when none is named) as read, here and on the own other devices. */
  async markRead(conversation: string, upToMessage?: string): Promise<void> {
    this.#requireReady()
    await this.#messaging.markRead(conversation, upToMessage)
  }

  /**
   * Sets after how long what is written from now on disappears, for both sides, or all members of a group. The other side
   * is told, and may change it likewise: the later change counts.
   *
   * @param seconds up to 52 weeks; 0: messages stay
   * @throws ContentInvalidError when that is no timer; GroupError `roleInsufficient`
   */
  async setTimer(conversation: string, seconds: number): Promise<void> {
    this.#requireReady()
    if (seconds !== 0 && !v.is(Timer, seconds)) throw new ContentInvalidError('not a timer')
    await this.#messaging.setTimer(conversation, seconds)
  }

  /** Tells a contact, or a group, that the user is typing, or has stopped. Call it at every keystroke: it is throttled here. */
  async setTyping(conversation: string, typing: boolean): Promise<void> {
    this.#requireReady()
    await this.#messaging.setTyping(conversation, typing)
  }

  async changeSettings(change: Partial<Settings>): Promise<void> {
    this.#requireOpen()
    const settings = { ...this.#core.settings, ...change }
    await this.#core.transact((draft) => {
      draft.put(settingsRecord, SETTINGS, settings)
      draft.announce(() => {
        this.#core.settings = settings
      })
      return Promise.resolve()
    })
  }

  /**
   * Twelve groups of five digits that are the same on both sides, if nobody stands between: compare them by voice. While a
   * contact's changed key waits to be accepted, they are of that key: it is what the comparison has to decide about.
   *
   * @throws IdentityUnknownError; RelayError or OfflineError where the identity has to be asked for
   */
  async safetyNumber(account: string): Promise<string[]> {
    const own = this.#requireReady()
    return this.#safetyNumberOf(own, account, await this.#identityOf(account))
  }

  /**
   * Trusts the new identity key of a contact, and sends what waited. Answers whether there was one.
   *
   * @param compared the safety number that was compared: a key that came after it is not accepted
   */
  async acceptIdentity(account: string, compared?: readonly string[]): Promise<boolean> {
    const own = this.#requireReady()
    const isMeant = (offered: string): boolean =>
      compared === undefined || this.#safetyNumberOf(own, account, offered).join() === compared.join()
    return this.#messaging.acceptIdentity(account, () =>
      acceptOfferedIdentity(this.#core, this.#messaging.outbox, account, isMeant),
    )
  }

  /** Groups: they are conversations too, whose id is the group's. @throws NotRegisteredError, DeviceRevokedError */
  get groups(): GroupCommands {
    this.#requireReady()
    return this.#messaging.groups
  }

  /** What is done to messages after they were sent: reactions, edits, deletions, pins, forwards. @throws NotRegisteredError, DeviceRevokedError */
  get annotations(): AnnotationCommands {
    this.#requireReady()
    return this.#messaging.annotations
  }

  /** Being woken when not connected. @throws NotRegisteredError, DeviceRevokedError */
  get pushes(): PushCommands {
    this.#requireReady()
    return pushCommands(this.#core, this.#auth)
  }

  /** The key log: why an account is trusted, and what is wrong. Readable also when nothing can be sent any more. */
  get keyLog(): KeyLogCommands {
    return this.#messaging.keyLog
  }

  /** The own account's devices, as its newest signed list says. */
  async devices(): Promise<OwnDevice[]> {
    this.#requireReady()
    return this.#devices.list()
  }

  /** Removes a device from the account. @throws RelayError, OfflineError */
  async revokeDevice(id: number): Promise<void> {
    this.#requireReady()
    await this.#devices.revoke(id)
  }

  /** On a new device: a request to hand to a device of the account. */
  async createLinkRequest(): Promise<string> {
    this.#requireOpen()
    const { createLinkRequest } = await loadLinking()
    return createLinkRequest(this.#core)
  }

  /**
   * On a device of the account: takes the new device in, and answers the encrypted bundle for it. Whoever made the request
   * gets the account: be sure that it was its owner.
   *
   * @throws LinkInvalidError, RelayError (`tooManyDevices`, …), OfflineError
   */
  async approveLink(request: string): Promise<string> {
    this.#requireReady()
    const { approveLink } = await loadLinking()
    return approveLink(this.#core, this.#devices, request)
  }

  /** On the new device: becomes a device of the account. @throws LinkInvalidError */
  async completeLink(bundle: string): Promise<void> {
    this.#requireOpen()
    const { completeLink } = await loadLinking()
    await completeLink(this.#core, bundle)
  }

  /** Resolves when what the engine was doing with its store is done. For tests, and for a clean end. */
  async idle(): Promise<void> {
    await this.#core.serial.idle()
  }

  #changeProfile(change: ProfileChange): Promise<void> {
    const { outbox, groups } = this.#messaging
    return changeProfile(this.#core, outbox, groups.introductions, change)
  }

  #safetyNumberOf(own: Account, account: string, identityKeyOfAccount: string): string[] {
    return safetyNumber(
      { account: own.account, identityKey: fromBase64url(own.identity.publicKey) },
      { account, identityKey: fromBase64url(identityKeyOfAccount) },
    )
  }

  /** The key that is offered, else the pinned one, or, of an account that nothing was exchanged with, the one that its device list pins now. */
  async #identityOf(account: string): Promise<string> {
    const read = () =>
      this.#core.transact(async (draft) => {
        const identity = await draft.get(identityRecord, identityKey(account))
        return identity?.offered ?? identity?.key
      })
    const pinned = await read()
    if (pinned !== undefined) return pinned
    const { deviceList } = await this.#auth.call(fetchDeviceList, { account })
    await this.#core.transact(async (draft) => {
      const own = this.#core.requireAccount()
      if ((await knownDeviceList(draft, account)) === undefined) await adoptDeviceList(draft, own, account, deviceList)
    })
    const adopted = await read()
    if (adopted === undefined) throw new IdentityUnknownError()
    return adopted
  }

  #requireOpen(): void {
    if (this.#core.isClosed) throw new EngineClosedError()
  }

  #requireReady(): Account {
    this.#requireOpen()
    const account = this.#core.requireAccount()
    if (account.stage === 'revoked') throw new DeviceRevokedError()
    return account
  }
}
