/** The groups of an account's device: commands, and what the relay tells. */

import * as v from 'valibot'
import type { Media, Text } from '#protocol/content/content.ts'
import { KnownContent } from '#protocol/content/content.ts'
import type { MessageName } from '#protocol/content/message-name.ts'
import type { DownFrame } from '#protocol/frames/down.ts'
import type { Welcome } from '#protocol/frames/hello.ts'
import type { UpFrame } from '#protocol/frames/up.ts'
import { leaveGroup } from '#protocol/http/groups.ts'
import type { GroupSuite } from '#protocol/groups/entries.ts'
import { DEFAULT_GROUP_POLICY, type GroupPolicy, type GroupRole } from '#protocol/groups/roles.ts'
import { GroupDetails } from '#protocol/groups/details.ts'
import { LIMITS } from '#protocol/limits.ts'
import { Timer } from '#protocol/timer.ts'
import type { Auth } from '../auth.ts'
import { addMessage, conversationOf, setMessageState } from '../conversations.ts'
import type { Core } from '../core.ts'
import type { Draft } from '../draft.ts'
import { ContentInvalidError, MessageNotFoundError } from '../errors.ts'
import type { KeyLog } from '../key-log/key-log.ts'
import type { Forgetting, Outbox } from '../outbox.ts'
import type { Receipts } from '../receipts.ts'
import { messageKey, messageRecord, seenKey, seenRecord } from '../records.ts'
import { withTimer } from '../expiry/stamp.ts'
import { wasSentBefore } from '../sent-before.ts'
import type { Typists } from '../typists.ts'
import { Admission } from './admission.ts'
import { GroupAnnotating } from './annotating.ts'
import { GroupBook } from './book.ts'
import { GroupChanges } from './changes.ts'
import { DeviceKeys } from './device-keys.ts'
import { GroupError } from './errors.ts'
import type { Founded, Founder } from './founding.ts'
import { addEvents } from './group-events.ts'
import { Greeter } from './greeter.ts'
import { Introductions } from './introductions.ts'
import { HistoryAnswers } from './history-answers.ts'
import { HistoryWishes } from './history-wishes.ts'
import { GroupJoiner } from './joiner.ts'
import { KeyPackageSupply } from './key-package-supply.ts'
import { LogFollower } from './log-follower.ts'
import type { MemberLog, MemberProofs } from './member-proofs.ts'
import { loadMls } from './mls.ts'
import { GroupOutbox } from './outbox.ts'
import { GroupReads } from './reads.ts'
import { GroupReader } from './reader.ts'
import { groupKey, groupRecord } from './records.ts'
import { GroupSender } from './sender.ts'
import { GroupTyping } from './typing.ts'
import { Upkeep } from './upkeep.ts'
import { type Group, viewGroup } from './view.ts'

/** Devices that a post-quantum group can have: with more, a welcome would be larger than the relay takes. */
const POST_QUANTUM_DEVICES = 500

/** What applications do with groups. */
export type GroupCommands = Pick<
  Groups,
  | 'view'
  | 'create'
  | 'renew'
  | 'add'
  | 'remove'
  | 'setRole'
  | 'update'
  | 'createLink'
  | 'revokeLink'
  | 'join'
  | 'leave'
  | 'rejoin'
  | 'names'
  | 'queued'
>

export class Groups {
  readonly #core: Core
  readonly #auth: Auth
  readonly #book: GroupBook
  readonly #outbox: GroupOutbox
  readonly #changes: GroupChanges
  /** Loaded when somebody makes a group. */
  readonly #founder: () => Promise<Founder>
  readonly #joiner: GroupJoiner
  readonly #follower: LogFollower
  readonly #sender: GroupSender
  /** Loaded before the first message to a group. */
  #proofs: MemberProofs | undefined
  readonly #supply: KeyPackageSupply
  readonly #upkeep: Upkeep
  readonly #greeter: Greeter
  readonly admission: Admission
  readonly annotating: GroupAnnotating
  readonly historyAnswers: HistoryAnswers
  readonly historyWishes: HistoryWishes
  readonly introductions: Introductions
  readonly reads: GroupReads
  readonly typing: GroupTyping

  constructor(
    core: Core,
    parts: {
      auth: Auth
      outbox: Outbox
      receipts: Receipts
      typists: Typists
      keyLog: Pick<KeyLog, 'gossip' | 'stopsEverybody'> & MemberLog
      send: (frame: UpFrame) => boolean
    },
  ) {
    const { auth, outbox, receipts, typists, keyLog, send } = parts
    this.#core = core
    this.#auth = auth
    this.#book = new GroupBook(core)
    this.#outbox = new GroupOutbox(core)
    this.annotating = new GroupAnnotating(core, this.#book, this.#outbox)
    this.historyAnswers = new HistoryAnswers(core, this.#book, outbox)
    this.historyWishes = new HistoryWishes(core, this.#book, outbox)
    this.introductions = new Introductions(core, this.#book, this.#outbox)
    this.reads = new GroupReads(core, this.#book, receipts, this.#outbox)
    this.typing = new GroupTyping(core, this.#book, typists)
    const keys = new DeviceKeys(core, auth)
    const catchUp = (group: string) => this.#follower.catchUp(group)
    this.#joiner = new GroupJoiner(core, auth, this.#book, keys)
    this.#changes = new GroupChanges(core, auth, this.#book, keys, catchUp)
    let founder: Founder | undefined
    this.#founder = async () => {
      const { Founder: Loaded } = await import('./founding.ts')
      founder ??= new Loaded(core, auth, this.#book, (group, accounts) => this.add(group, accounts))
      return founder
    }
    const permit = async (group: string) => {
      const { MemberProofs: Loaded } = await import('./member-proofs.ts')
      this.#proofs ??= new Loaded(core, this.#book, keyLog)
      return this.#proofs.permit(group)
    }
    this.#sender = new GroupSender(core, this.#book, this.#outbox, catchUp, keyLog, { permit })
    this.#supply = new KeyPackageSupply(core, auth)
    this.#upkeep = new Upkeep(core, this.#book, this.#changes)
    const entered = (group: string) => void this.#entered(group).catch(() => undefined)
    this.#greeter = new Greeter(core, this.#book, this.introductions)
    const reader = new GroupReader(core, {
      book: this.#book,
      keys,
      outbox: this.#outbox,
      greeter: this.#greeter,
      gossip: keyLog.gossip,
    })
    this.#follower = new LogFollower(core, {
      auth,
      book: this.#book,
      reader,
      joiner: this.#joiner,
      send,
      hooks: {
        entered,
        lost: (group) => void this.rejoin(group).catch(() => undefined),
        caughtUp: (group) => this.#sender.kick(group),
      },
    })
    this.admission = new Admission(core, {
      auth,
      book: this.#book,
      joiner: this.#joiner,
      outbox,
      entered,
      exclusively: (group, task) => this.#follower.exclusively(group, task),
    })
    core.events.on('group', ({ group }) => this.#upkeep.soon(group))
    core.events.on('caughtUp', () => void this.historyWishes.askAll().catch(() => undefined))
    core.events.on('deviceListChanged', () => void this.#lookAfterAll().catch(() => undefined))
  }

  async load(): Promise<void> {
    for (const { partition } of await this.#core.store.all('group')) await this.#outbox.load(partition)
  }

  /** Messages that wait to be sent. */
  get queued(): number {
    return this.#outbox.count
  }

  welcomed({ keyPackages }: Welcome): void {
    // Beside the frames: they must not wait for it. What fails is tried again with the next connection.
    void this.#supply.supply(keyPackages).catch(() => undefined)
    this.#sender.connected()
    this.typing.connected()
    void this.#follower.connected().catch(() => undefined)
  }

  /** What the key log stopped may go on: for groups that an account is in, or, without one, for all. */
  released(account?: string): void {
    const groups = this.#proofs?.released(account) ?? []
    if (account === undefined) this.#sender.kickAll()
    else for (const group of groups) this.#sender.kick(group)
  }

  disconnected(): void {
    this.#follower.disconnected()
    this.#sender.disconnected()
    this.typing.disconnected()
  }

  close(): void {
    this.disconnected()
    this.#upkeep.close()
    this.historyAnswers.close()
    this.#greeter.close()
  }

  /** Frames about groups; the others are not for here. Nobody waits for it. */
  received(frame: DownFrame): void {
    // What fails leaves the group behind its log; the next push or connection fetches.
    if (frame.type === 'groupEntries') void this.#follower.pushed(frame).catch(() => undefined)
    else if (frame.type === 'groupNews') void this.#follower.news(frame).catch(() => undefined)
    else if (frame.type === 'groupEphemeral') this.typing.received(frame)
    else if (frame.type === 'keyPackagesLow') void this.#supply.refill(frame.status).catch(() => undefined)
  }

  /** Whether an id is that of a group that this device knows. */
  async has(draft: Draft, id: string): Promise<boolean> {
    return (await draft.get(groupRecord, groupKey(id))) !== undefined
  }

  view(group: string): Promise<Group> {
    return this.#core.transact((draft) => viewGroup(this.#core, draft, this.#book, group))
  }

  /** Founds a group and adds accounts. @throws ContentInvalidError for a name that is none */
  async create(
    name: string,
    accounts: readonly string[],
    options: { readonly suite?: GroupSuite } = {},
  ): Promise<Founded> {
    return (await this.#founder()).found({ name: nameOf(name), policy: DEFAULT_GROUP_POLICY }, accounts, options)
  }

  /** Makes a broken group anew, with the same people, name and rules; see {@link Founder.renew}. */
  async renew(broken: string): Promise<Founded> {
    return (await this.#founder()).renew(broken)
  }

  /** Adds all devices of accounts. Answers the accounts of which none could be added. */
  async add(group: string, accounts: readonly string[]): Promise<{ unreachable: string[] }> {
    const { membersIn } = await loadMls()
    const { state } = await this.#core.transact((draft) => this.#book.joined(draft, group))
    const { packages, unreachable } = await this.#changes.keyPackages(state, [...new Set(accounts)])
    const devices = membersIn(state).list.length + packages.length
    if (state.suite === 83 && devices > POST_QUANTUM_DEVICES) throw new GroupError('groupFull')
    for (let at = 0; at < packages.length; at += LIMITS.groupDevicesPerCommit) {
      const some = packages.slice(at, at + LIMITS.groupDevicesPerCommit)
      await this.#changes.change(group, (now) => {
        const add = some.filter(({ address }) => membersIn(now).find(address) === undefined)
        return add.length > 0 ? { add } : undefined
      })
    }
    if (packages.length > 0) await this.introductions.everybody(group)
    this.#greeter.told(group)
    return { unreachable: unreachable.filter((id) => !membersIn(state).hasAccount(id)) }
  }

  async remove(group: string, account: string): Promise<void> {
    const { membersIn } = await loadMls()
    await this.#changes.change(group, (state) => {
      const remove = membersIn(state)
        .list.filter((member) => member.account === account)
        .map(({ device }) => ({ account, device }))
      return remove.length > 0 ? { remove } : undefined
    })
  }

  async setRole(group: string, account: string, role: GroupRole): Promise<void> {
    const { membersIn, roleOf } = await loadMls()
    await this.#changes.change(group, (state) => {
      if (!membersIn(state).hasAccount(account) || roleOf(state, account) === role) return undefined
      return { roles: [{ account, role }] }
    })
  }

  /**
   * Changes what members know of the group. `slowMode` and `timer` are in seconds, `history` in messages; 0: none.
   *
   * @throws ContentInvalidError for a name or timer that is none
   */
  async update(
    group: string,
    change: {
      readonly name?: string
      readonly policy?: GroupPolicy
      readonly slowMode?: number
      readonly timer?: number
      readonly history?: number
    },
  ): Promise<void> {
    const { name, policy, slowMode, timer, history } = change
    if (timer !== undefined && timer !== 0 && !v.is(Timer, timer)) throw new ContentInvalidError('not a timer')
    const intent = {
      ...(name === undefined ? {} : { name: nameOf(name) }),
      ...(policy === undefined ? {} : { policy }),
      ...(slowMode === undefined ? {} : { slowMode: slowMode === 0 ? null : slowMode }),
      ...(timer === undefined ? {} : { timer: timer === 0 ? null : timer }),
      ...(history === undefined ? {} : { history: history === 0 ? null : history }),
    }
    await this.#changes.change(group, () => intent)
  }

  /** Makes a link into the group. */
  async createLink(group: string): Promise<{ readonly id: string; readonly secret: string }> {
    const { detailsOf, newLink } = await loadMls()
    const link = newLink()
    await this.#changes.change(group, (state) => {
      const { links } = detailsOf(state)
      return links.some(({ id }) => id === link.id) ? undefined : { links: [...links, link] }
    })
    return link
  }

  async revokeLink(group: string, id: string): Promise<void> {
    const { detailsOf } = await loadMls()
    await this.#changes.change(group, (state) => {
      const links = detailsOf(state).links.filter((link) => link.id !== id)
      return links.length < detailsOf(state).links.length ? { links } : undefined
    })
  }

  /** Joins by a link's secret. Does nothing in a group that this device is in. */
  async join(group: string, secret: string): Promise<void> {
    let isIn = false
    await this.#follower.exclusively(group, async () => {
      const record = await this.#core.transact((draft) => this.#book.record(draft, group))
      if (record?.stage === 'joined') return
      await this.#joiner.bySecret(group, secret)
      isIn = true
    })
    if (isIn) await this.#entered(group)
  }

  /** Leaves with all devices: says so in the group, and to its relay. What was read stays readable. */
  async leave(group: string): Promise<void> {
    const { account, device } = this.#core.requireAccount()
    await this.#core.transact(async (draft) => {
      // Nothing is sent to a broken group: there, only its relay is told.
      if ((await this.#book.record(draft, group))?.stage === 'broken') return
      await this.#book.joined(draft, group)
      this.#outbox.enqueue(draft, group, { kind: 'groupLeave' })
    })
    await this.#sent(group)
    await this.#auth.call(leaveGroup, { group })
    await this.#core.transact(async (draft) => {
      const record = await this.#book.record(draft, group)
      if (record === undefined) return
      this.#book.put(draft, group, { ...this.#book.drop(draft, group, record), stage: 'left', behind: false })
      const place = { at: this.#core.now(), by: { account, device } }
      await addEvents(this.#core, draft, group, [{ event: 'left', by: account }], place)
      await this.#book.summarise(draft, group, 'left', undefined)
    })
  }

  /** Asks members to let this device in again. */
  rejoin(group: string): Promise<void> {
    return this.admission.ask(group)
  }

  /** Keeps a text and sends it when it can; once for an id. @throws GroupError when nothing can be sent to the group */
  async sendText(group: string, content: Text, id: string): Promise<void> {
    const { account, device } = this.#core.requireAccount()
    await this.#core.transact(async (draft) => {
      if (await wasSentBefore(draft, account, { id, conversation: group, content })) return
      await this.#book.requireWritable(draft, group)
      const timed = withTimer(content, (await conversationOf(draft, group)).timer)
      const from = { account, device }
      const message = { id, from, at: this.#core.now(), state: 'queued', content: timed } as const
      await addMessage(this.#core, draft, group, message, account)
      this.#outbox.enqueue(draft, group, timed, id)
    })
  }

  /** @throws GroupError when nothing can be sent to the group */
  async requireWritable(draft: Draft, group: string): Promise<void> {
    await this.#book.requireWritable(draft, group)
  }

  /** Sends a message that stands in the timeline already. `false` when nothing can be sent to the group any more. */
  async sendKept(draft: Draft, group: string, content: Media, id: string): Promise<boolean> {
    const stage = (await this.#book.record(draft, group))?.stage
    if (stage !== 'joined' && stage !== 'rejoining') return false
    this.#outbox.enqueue(draft, group, content, id)
    return true
  }

  /** Sends a failed message again. */
  async retry(draft: Draft, group: string, id: string): Promise<void> {
    const { account } = this.#core.requireAccount()
    const seen = await draft.get(seenRecord, seenKey(account, id))
    const message = await draft.get(messageRecord, messageKey(group, seen?.order ?? 0))
    if (message?.state !== 'failed' || message.content === null) throw new MessageNotFoundError()
    await this.#book.joined(draft, group)
    await setMessageState(this.#core, draft, account, id, 'queued')
    this.#outbox.enqueue(draft, group, v.parse(KnownContent, message.content), id)
  }

  /** Takes a message, and what is about it, out of what waits to be sent. */
  forget(draft: Draft, group: string, of: MessageName, forgetting: Forgetting): void {
    this.#outbox.forget(draft, group, of, forgetting)
  }

  /** Whether a message was never on its way to a group. */
  isUnsent(group: string, of: MessageName): boolean {
    return this.#outbox.isUnsent(group, of)
  }

  /** What accounts call themselves, as far as this device knows. */
  names(accounts: Iterable<string>): Promise<Map<string, string>> {
    return this.introductions.names(accounts)
  }

  /** Resolves when a group's queue is empty. @throws GroupError `groupBusy` when it does not get empty */
  async #sent(group: string): Promise<void> {
    for (let turn = 0; turn < 100 && this.#outbox.waiting(group).length > 0; turn += 1) {
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#core.platform.timers.set(resolve, 50)
      await promise
    }
    if (this.#outbox.waiting(group).length > 0) throw new GroupError('groupBusy')
  }

  /** This device is in a group since now: it reads on, says who it is, and brings its account's other devices. */
  async #entered(group: string): Promise<void> {
    await this.introductions.self(group)
    this.#upkeep.soon(group)
    await this.#follower.catchUp(group)
    await this.historyWishes.ask(group)
  }

  async #lookAfterAll(): Promise<void> {
    for (const { partition } of await this.#core.store.all('group')) this.#upkeep.soon(partition)
  }
}

function nameOf(name: string): string {
  const parsed = v.safeParse(GroupDetails.entries.name, name.trim())
  if (!parsed.success) throw new ContentInvalidError('A group’s name has 1 to 64 characters.')
  return parsed.output
}
