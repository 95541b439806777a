/** The commands of tabs on an open engine, and the events that tabs draw. One for each unlocked account store. */

import type { PushTarget } from '#protocol/push.ts'
import type { Mention, StyleRange } from '#protocol/content/content.ts'
import type { MessageName } from '#protocol/content/message-name.ts'
import { AccountId } from '#protocol/primitives.ts'
import { canonicalUsername } from '#protocol/username.ts'
import * as v from 'valibot'
import type { Engine, OwnDevice } from '#sdk/index.ts'
import { identityKey, identityRecord, parseRecord } from '#sdk/session/records.ts'
import type { Store } from '#sdk/store/store.ts'
import type { About, AppLock, EngineApi, EngineEvent, Phase, Settings, TimelinePage, TrustView } from './api.ts'
import { RefusedError } from './failure.ts'
import { readAbout } from './service/about.ts'
import { type ContentApi, ContentService } from './service/content-service.ts'
import { EngineListener, forget } from './service/engine-listener.ts'
import { type GroupApi, GroupService } from './service/group-service.ts'
import { type MediaApi, MediaService } from './service/media-service.ts'
import { Names } from './service/names.ts'
import { Notices } from './service/notices.ts'
import { OwnDevices } from './service/own-devices.ts'
import { catchUpPreviews, reviewPreviews } from './service/preview.ts'
import { Queued } from './service/queued.ts'
import { Rows } from './service/rows.ts'
import { peopleOf, readTimeline } from './service/timeline.ts'
import { UiState } from './service/ui-state.ts'
import { WriteBehind } from './service/write-behind.ts'
import { COMMANDS, type Call } from './host/commands.ts'
import { isLastGroup } from './keys/recovery-key.ts'

/** What needs an open engine. The rest of {@link EngineApi} is the host's. */
export type ServiceApi = Omit<EngineApi, 'unlock' | 'lock' | 'setAppLock' | 'passkeyLock'>

/** The service's own commands; those about groups are `groups`', those about content `content`'s, those about files a {@link MediaService}'s. */
type OwnApi = Omit<ServiceApi, keyof GroupApi | keyof ContentApi | keyof MediaApi>

export interface ServiceOptions {
  readonly engine: Engine
  /** The engine's store, to read beside it. */
  readonly store: Store
  /** The interface's own. Closed with the service. */
  readonly uiStore: Store
  readonly build: string
  /** Origin of the relay. */
  readonly relay: string
  readonly appLock: () => AppLock
  /** Draws the recovery key, once. */
  readonly makeRecoveryKey: () => Promise<string>
  readonly emit: (event: EngineEvent) => void
}

export class EngineService implements OwnApi {
  readonly groups: GroupApi
  readonly content: ContentApi
  /** All commands. */
  readonly api: ServiceApi
  readonly #options: ServiceOptions
  readonly #engine: Engine
  readonly #ui: UiState
  readonly #rows: Rows
  readonly #notices: Notices
  readonly #names: Names
  readonly #writes: WriteBehind
  readonly #listener: EngineListener
  readonly #devices: OwnDevices
  #isOpen = true
  #reviewed = Promise.resolve()

  private constructor(
    options: ServiceOptions,
    parts: { ui: UiState; rows: Rows; notices: Notices; queued: Queued; writes: WriteBehind },
  ) {
    this.#options = options
    this.#engine = options.engine
    this.#ui = parts.ui
    this.#rows = parts.rows
    this.#notices = parts.notices
    this.#writes = parts.writes
    this.#names = new Names(options.engine, (account) => parts.rows.row(account).username)
    this.groups = new GroupService(options.engine, parts.rows, this.#names, options.relay)
    this.content = new ContentService(options.engine, parts.rows, this.#names)
    this.api = apiOf(this, this.groups, this.content, new MediaService(options.engine))
    const phaseChanged = () => options.emit({ type: 'phase', phase: this.phase() })
    this.#devices = new OwnDevices(options.engine, parts.ui, () => options.emit(this.#listener.connection()))
    this.#listener = new EngineListener({
      ...parts,
      devices: this.#devices,
      names: this.#names,
      engine: options.engine,
      emit: options.emit,
      phaseChanged,
    })
  }

  /** Reads what is known, and connects where there is an account. */
  static async open(options: ServiceOptions): Promise<EngineService> {
    const { engine, store, uiStore, emit } = options
    const writes = new WriteBehind(uiStore)
    const ui = await UiState.load(uiStore, writes)
    const [rows, notices, queued] = await Promise.all([
      Rows.load(
        store,
        ui,
        (row) => emit({ type: 'conversation', row }),
        (id) => emit({ type: 'conversationRemoved', id }),
      ),
      Notices.load(uiStore, writes),
      Queued.load(store),
    ])
    const service = new EngineService(options, { ui, rows, notices, queued, writes })
    if (ui.profile.recoveryKey === undefined) {
      await ui.updateProfile({ recoveryKey: await options.makeRecoveryKey() })
    }
    await catchUpPreviews(engine, rows, ui, service.#names)
    await service.#devices.look()
    if (engine.state === 'ready') await engine.connect()
    // Nobody waits for it. Where the store fails, the engine says so.
    const parts = { engine, rows, ui, names: service.#names }
    service.#reviewed = reviewPreviews(parts, () => service.#isOpen).catch(() => undefined)
    return service
  }

  phase(): Phase {
    const { state, account, device, username } = this.#engine
    if (this.#listener.stopped === 'storeLost') return { phase: 'failed', code: 'storageLost' }
    if (account === undefined || device === undefined || state === 'new' || state === 'registering') {
      return { phase: 'new' }
    }
    const profile = {
      account,
      device,
      ...(username === undefined ? {} : { username }),
      name: this.#engine.profileName ?? '',
      appLock: this.#options.appLock(),
      recoveryConfirmed: this.#ui.profile.recoveryConfirmed,
      settings: this.#engine.settings,
    }
    return { phase: state, profile }
  }

  /** What a tab needs to draw everything but timelines. */
  snapshot(): EngineEvent[] {
    return [
      { type: 'phase', phase: this.phase() },
      this.#listener.connection(),
      { type: 'conversations', rows: this.#rows.all() },
    ]
  }

  networkAvailable(): void {
    this.#engine.networkAvailable()
  }

  /** Ends the engine and closes both stores. What is queued is sent by the next one. */
  async close(): Promise<void> {
    this.#isOpen = false
    await this.#reviewed
    this.#listener.close()
    await this.#engine.close()
    await this.#rows.idle()
    await this.#writes.idle()
    await this.#options.uiStore.close()
  }

  async register({ username, name, invite }: { username: string; name: string; invite?: string }): Promise<void> {
    await this.#engine.register({ username, profileName: name, ...(invite === undefined ? {} : { invite }) })
    this.#tellPhase()
    await this.#devices.look()
    await this.#engine.connect()
  }

  recoveryKey(): Promise<string> {
    // Made when the service was opened.
    return Promise.resolve(this.#ui.profile.recoveryKey ?? '')
  }

  async confirmRecoveryKey(lastGroup: string): Promise<boolean> {
    if (!isLastGroup(this.#ui.profile.recoveryKey ?? '', lastGroup)) return false
    await this.#ui.updateProfile({ recoveryConfirmed: true })
    this.#tellPhase()
    return true
  }

  async openByUsername(username: string): Promise<string> {
    const account = await this.#engine.findByUsername(username)
    await this.#change(account, { username: canonicalUsername(username) })
    return account
  }

  async openByAccount(account: string): Promise<string> {
    if (!v.is(AccountId, account)) throw new RefusedError('unknownRecipient')
    if (this.#rows.has(account)) return account
    // Asks the relay for the account's keys: there is no other way to know that it exists.
    if (account !== this.#engine.account) await this.#engine.safetyNumber(account)
    await this.#change(account, {})
    return account
  }

  timeline(
    conversation: string,
    range: { readonly before?: number; readonly after?: number; readonly limit: number },
  ): Promise<TimelinePage> {
    const people = peopleOf(this.#engine, this.#names, this.#rows.isGroup(conversation))
    return readTimeline(this.#engine, this.#notices, people, conversation, range)
  }

  async sendText(
    conversation: string,
    body: string,
    styles: readonly StyleRange[],
    id: string,
    mentions: readonly Mention[] = [],
    quote?: MessageName,
  ): Promise<void> {
    const { draft } = this.#ui.conversation(conversation)
    await this.#engine.sendText(conversation, body, {
      id,
      ...(styles.length === 0 ? {} : { styles }),
      ...(mentions.length === 0 ? {} : { mentions }),
      ...(quote === undefined ? {} : { quote }),
    })
    // Sent: it is no draft any more, also if the tab dies now. The next one may be here already.
    if (draft !== undefined && this.#ui.conversation(conversation).draft === draft) {
      forget(this.#change(conversation, { draft: undefined, draftStyles: undefined, draftMentions: undefined }))
    }
  }

  retryMessage(id: string): Promise<void> {
    return this.#engine.retryMessage(id)
  }

  markRead(conversation: string, upToMessage?: string): Promise<void> {
    return this.#engine.markRead(conversation, upToMessage)
  }

  setTyping(conversation: string, typing: boolean): Promise<void> {
    return this.#engine.setTyping(conversation, typing)
  }

  saveDraft(
    conversation: string,
    draft: string,
    styles: readonly StyleRange[],
    mentions: readonly Mention[] = [],
  ): Promise<void> {
    return this.#change(conversation, {
      draft: draft === '' ? undefined : draft.toWellFormed(),
      draftStyles: draft === '' || styles.length === 0 ? undefined : [...styles],
      draftMentions: draft === '' || mentions.length === 0 ? undefined : [...mentions],
    })
  }

  setPinned(conversation: string, pinned: boolean): Promise<void> {
    return this.#change(conversation, { pinned: pinned ? true : undefined })
  }

  setArchived(conversation: string, archived: boolean): Promise<void> {
    return this.#change(conversation, { archived: archived ? true : undefined })
  }

  setMuted(conversation: string, until: number | null | undefined): Promise<void> {
    return this.#change(conversation, { mutedUntil: until === Infinity ? null : until })
  }

  safetyNumber(conversation: string): Promise<readonly string[]> {
    return this.#engine.safetyNumber(conversation)
  }

  async setVerified(conversation: string, verified: boolean): Promise<void> {
    const identity = await this.#options.store.get(identityKey(conversation))
    if (verified && identity === undefined) throw new RefusedError('unknownRecipient')
    const key = identity === undefined ? undefined : parseRecord(identityRecord, identity).key
    await this.#change(conversation, { verifiedKey: verified ? key : undefined })
  }

  async acceptIdentity(conversation: string, compared?: readonly string[]): Promise<void> {
    if (!(await this.#engine.acceptIdentity(conversation, compared))) {
      // Another key came since: what was compared is not what would be trusted.
      if (compared !== undefined) throw new RefusedError('malformed')
      return
    }
    // The new key was compared by nobody yet.
    await this.#change(conversation, { verifiedKey: undefined })
    this.#rows.setOffered(conversation, false)
    this.#listener.notice(conversation, 'identityAccepted')
  }

  async trust(conversation: string): Promise<TrustView> {
    const [contact, own] = await Promise.all(
      [conversation, this.#engine.account ?? ''].map((account) => this.#engine.keyLog.status(account)),
    )
    if (contact === undefined || own === undefined) throw new RefusedError('unknownRecipient')
    return { contact, own }
  }

  chooseWitness(key: string, isChosen: boolean): Promise<void> {
    return this.#engine.keyLog.chooseWitness(key, isChosen)
  }

  keyLogEvidence(): Promise<string> {
    return Promise.resolve(JSON.stringify(this.#engine.keyLog.evidence(), null, 2))
  }

  async dismissKeyLogAlarm(account?: string): Promise<void> {
    await this.#engine.keyLog.dismiss(account)
  }

  async setName(name: string): Promise<void> {
    await this.#engine.setProfileName(name)
    this.#tellPhase()
  }

  async claimUsername(username: string): Promise<string> {
    const claimed = await this.#engine.claimUsername(username)
    this.#tellPhase()
    return claimed
  }

  async changeSettings(change: Partial<Settings>): Promise<void> {
    await this.#engine.changeSettings(change)
    this.#tellPhase()
  }

  devices(): Promise<readonly OwnDevice[]> {
    return this.#engine.devices()
  }

  async revokeDevice(id: number): Promise<void> {
    await this.#engine.revokeDevice(id)
    this.#options.emit({ type: 'devicesChanged' })
  }

  acknowledgeDevices(): Promise<void> {
    return this.#devices.acknowledge()
  }

  about(): Promise<About> {
    return readAbout(this.#options.store, this.#options)
  }

  async pushKey(): Promise<string | null> {
    return (await this.#engine.pushes.offered())?.applicationServerKey ?? null
  }

  async subscribePush(target: PushTarget): Promise<void> {
    await this.#engine.pushes.subscribe(target)
  }

  async unsubscribePush(): Promise<void> {
    await this.#engine.pushes.unsubscribe()
  }

  async #change(conversation: string, change: Parameters<UiState['update']>[1]): Promise<void> {
    await this.#ui.update(conversation, change)
    this.#rows.tell(conversation)
  }

  #tellPhase(): void {
    this.#options.emit({ type: 'phase', phase: this.phase() })
  }
}

/** The commands of all, as one object. */
function apiOf(...owners: readonly Partial<ServiceApi>[]): ServiceApi {
  const commands = COMMANDS.flatMap((name) => {
    const owner = owners.find((one) => name in one)
    const command = owner?.[name as keyof typeof owner] as Call | undefined
    return command === undefined ? [] : [[name, command.bind(owner)]]
  })
  return Object.fromEntries(commands) as ServiceApi
}
