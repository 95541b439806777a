/** Groups of the fake engine: seeded ones, and every command of the contract that is about groups. */

import { checkChange, NO_CHANGE } from '#protocol/groups/change.ts'
import { DEFAULT_GROUP_POLICY, rankOf } from '#protocol/groups/roles.ts'
import type { GroupEvent } from '#sdk/index.ts'
import { membershipOf } from '../features/groups/offers.ts'
import type {
  CommandFailure,
  ConversationRow,
  EngineApi,
  EngineEvent,
  GroupMemberView,
  GroupView,
} from '../engine/api.ts'
import { type FakeConversation, fakeId, previewOf } from './fake-conversations.ts'
import { type GroupSeed, groupSeeds, member } from './fake-group-seeds.ts'
import { FakeTimeline } from './fake-timeline.ts'

/** What the groups need of the engine around them. */
export interface FakeHost {
  readonly conversations: Map<string, FakeConversation>
  readonly connection: string
  emit(event: EngineEvent): void
  change(id: string, change: Partial<ConversationRow>, without?: readonly (keyof ConversationRow)[]): void
  fail(code: CommandFailure['code']): never
}

type GroupCommands = Pick<
  EngineApi,
  | 'createGroup'
  | 'renewGroup'
  | 'group'
  | 'addToGroup'
  | 'removeFromGroup'
  | 'setGroupRole'
  | 'changeGroup'
  | 'leaveGroup'
  | 'createGroupLink'
  | 'revokeGroupLink'
  | 'joinGroup'
  | 'rejoinGroup'
  | 'readersOf'
>

const SELF = fakeId('self')
/** As `/j/<group>#<secret>`: opening a link with one of these shows what can go wrong. */
export const FAKE_SECRETS = { revoked: 'A'.repeat(43), full: `B${'A'.repeat(42)}` } as const

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
const emptyTimeline = () =>
  new FakeTimeline(0, () => {
    throw new RangeError('nothing is generated here')
  })
const byRank = (a: GroupMemberView, b: GroupMemberView) =>
  rankOf(b.role) - rankOf(a.role) || (a.name ?? '').localeCompare(b.name ?? '')

export class FakeGroups {
  readonly #host: FakeHost
  readonly #views = new Map<string, GroupView>()
  readonly #names = new Map<string, string>()
  #made = 0

  constructor(host: FakeHost) {
    this.#host = host
  }

  /** Puts the seeded groups among the conversations. */
  seed(now: number, large: number): void {
    for (const { row } of this.#host.conversations.values())
      if (row.name !== undefined) this.#names.set(row.id, row.name)
    for (const seed of groupSeeds(large)) this.#add(seed, now)
  }

  #add(seed: GroupSeed, now: number): string {
    const id = fakeId(`group-${seed.key}`)
    for (const { account, name } of seed.members) if (name !== undefined) this.#names.set(account, name)
    const view: GroupView = {
      id,
      name: seed.name,
      list: [...seed.members].sort(byRank),
      members: seed.members.length,
      role: seed.members.find(({ isSelf }) => isSelf)?.role ?? 'member',
      stage: seed.stage,
      policy: seed.policy ?? DEFAULT_GROUP_POLICY,
      links: Array.from({ length: seed.links ?? 0 }, (_, index) => this.#link(id, `${seed.key}${index}`)),
      ...(seed.slowMode === undefined ? {} : { slowMode: seed.slowMode }),
      ...(seed.timer === undefined ? {} : { timer: seed.timer }),
      ...(seed.history === undefined ? {} : { history: seed.history }),
      suite: seed.suite ?? 83,
      epoch: seed.lines.length + 1,
    }
    const timeline = emptyTimeline()
    for (const [index, line] of seed.lines.entries()) {
      const place = { id: fakeId(`${seed.key}-${index}`), at: now - line.ago }
      if ('event' in line)
        timeline.appendEvent({ kind: 'groupEvent', ...place, event: line.event, names: this.#namesOf() })
      else {
        const outgoing = line.by === 'self'
        timeline.append({
          kind: 'message',
          ...place,
          outgoing,
          ...(outgoing ? {} : { author: this.#author(fakeId(line.by)) }),
          state: outgoing ? (line.readBy === undefined ? 'sent' : 'read') : 'received',
          ...(line.readBy === undefined ? {} : { readBy: line.readBy }),
          ...(line.timer === undefined ? {} : { timer: line.timer, expiresAt: place.at + line.timer * 1_000 }),
          ...(line.sharedBy === undefined ? {} : { sharedBy: this.#author(fakeId(line.sharedBy)) }),
          content: {
            kind: 'text',
            body: line.text,
            ...(line.mentions === undefined ? {} : { mentions: line.mentions }),
          },
        })
      }
    }
    const readUpTo = seed.readUpTo ?? timeline.lastOrder
    const row: ConversationRow = {
      id,
      group: summaryOf(view),
      name: seed.name,
      unread: timeline.unreadAfter(readUpTo),
      ...(seed.mentions === undefined ? {} : { mentions: seed.mentions }),
      ...previewOf(timeline),
      readUpTo,
      ...(seed.timer === undefined ? {} : { timer: seed.timer }),
      pinned: seed.pinned === true,
      archived: false,
      verified: false,
      identityChanged: false,
    }
    this.#views.set(id, view)
    this.#host.conversations.set(id, { row, timeline })
    return id
  }

  #link(group: string, key: string) {
    const secret = fakeId(`secret-${key}`) + fakeId(`more-${key}`).slice(0, 21)
    return { id: fakeId(`link-${key}`), url: `https://relay.example/j/${group}#${secret}` }
  }

  #author(account: string) {
    const name = this.#names.get(account)
    return { account, ...(name === undefined ? {} : { name }) }
  }

  #namesOf(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.#names)
  }

  has(id: string): boolean {
    return this.#views.has(id)
  }

  of(id: string): GroupView {
    return this.#views.get(id) ?? this.#host.fail('groupNotFound')
  }

  /** Somebody else of the group, to answer. */
  someone(id: string): { account: string; name?: string } | undefined {
    const others = this.of(id).list.filter(({ isSelf, hasLeft }) => !isSelf && !hasLeft)
    const one = others[this.#made++ % Math.max(1, others.length)]
    return one && this.#author(one.account)
  }

  /** An own message of a group is read by one member after the other. */
  readByAll(id: string, order: number): void {
    const others = this.of(id).list.filter(({ isSelf }) => !isSelf).length
    for (let readBy = 1; readBy <= Math.min(others, 5); readBy++) {
      setTimeout(
        () => {
          const conversation = this.#host.conversations.get(id)
          const item = conversation?.timeline.message(order)
          if (conversation === undefined || item === undefined) return
          const read = { ...item, state: 'read' as const, readBy }
          conversation.timeline.change(read)
          this.#host.emit({ type: 'items', conversation: id, items: [read] })
        },
        1_200 + readBy * 400,
      )
    }
  }

  #change(id: string, change: Partial<GroupView>, event?: GroupEvent): void {
    const before = this.of(id)
    const list = [...(change.list ?? before.list)].sort(byRank)
    const role = list.find(({ isSelf }) => isSelf)?.role ?? before.role
    const view = { ...before, ...change, list, role, members: list.length, epoch: before.epoch + 1 }
    if (view.slowMode === 0) Reflect.deleteProperty(view, 'slowMode')
    if (view.timer === 0) Reflect.deleteProperty(view, 'timer')
    if (view.history === 0) Reflect.deleteProperty(view, 'history')
    this.#views.set(id, view)
    const conversation = this.#host.conversations.get(id)
    if (event !== undefined && conversation !== undefined) {
      const { timeline } = conversation
      const at = Date.now()
      const names = this.#namesOf()
      const item = timeline.appendEvent({ kind: 'groupEvent', id: fakeId(`e${++this.#made}-${at}`), at, event, names })
      this.#host.emit({ type: 'items', conversation: id, items: [item] })
      this.#host.change(id, { ...previewOf(timeline), readUpTo: timeline.lastOrder })
    }
    const { timer } = view
    const kept = timer === undefined ? {} : { timer }
    this.#host.change(id, { group: summaryOf(view), name: view.name, ...kept }, timer === undefined ? ['timer'] : [])
    this.#host.emit({ type: 'groupChanged', conversation: id })
  }

  /** The delay of a commit that all members take, and the relay's rules. */
  async #commit(id: string, change: Partial<typeof NO_CHANGE>): Promise<GroupView> {
    await wait(700)
    if (this.#host.connection !== 'online') this.#host.fail('offline')
    const view = this.of(id)
    if (view.stage === 'broken') this.#host.fail('groupBroken')
    const refused = checkChange(membershipOf(view), SELF, { ...NO_CHANGE, ...change })
    if (refused !== undefined) this.#host.fail(refused)
    return view
  }

  #newMembers(accounts: readonly string[]): { joined: GroupMemberView[]; unreachable: string[] } {
    const unreachable = accounts.filter((account) => account === fakeId('unnamed') || account === fakeId('nameless'))
    const joined = accounts
      .filter((account) => !unreachable.includes(account))
      .map((account) => {
        const row = this.#host.conversations.get(account)?.row
        const { name = 'Somebody new', username = 'somebody.new', verified = false } = row ?? {}
        return member('', 'member', { account, verified, name, username })
      })
    return { joined, unreachable }
  }

  /** The commands. */
  readonly commands: GroupCommands = {
    createGroup: async (name, accounts) => {
      await wait(1_500)
      if (this.#host.connection !== 'online') this.#host.fail('offline')
      const { joined, unreachable } = this.#newMembers(accounts)
      const key = `new${++this.#made}`
      const members = [member('self', 'owner'), ...joined]
      const id = this.#add({ key, name, stage: 'joined', members, lines: [] }, Date.now())
      this.#change(id, {}, { event: 'created', by: SELF })
      const added = joined.map(({ account }) => account)
      if (added.length > 0) this.#change(id, {}, { event: 'added', by: SELF, accounts: added })
      return { id, unreachable }
    },
    renewGroup: async (id) => {
      const { name, list, stage, policy } = this.of(id)
      if (stage !== 'broken') this.#host.fail('changeInvalid')
      const others = list.filter(({ isSelf, hasLeft }) => !isSelf && !hasLeft).map(({ account }) => account)
      const made = await this.commands.createGroup(name, others)
      this.#change(made.id, { policy })
      this.#change(id, { successor: made.id }, { event: 'renewed', by: SELF, group: made.id })
      return made
    },
    group: async (id) => {
      await wait(15)
      return this.of(id)
    },
    addToGroup: async (id, accounts) => {
      const view = await this.#commit(id, { add: accounts.map((account) => ({ account, device: 1 })) })
      const { joined, unreachable } = this.#newMembers(accounts)
      const added = joined.map(({ account }) => account)
      if (added.length > 0)
        this.#change(id, { list: [...view.list, ...joined] }, { event: 'added', by: SELF, accounts: added })
      return { unreachable }
    },
    removeFromGroup: async (id, account) => {
      const view = await this.#commit(id, { remove: [{ account, device: 1 }] })
      const list = view.list.filter((one) => one.account !== account)
      this.#change(id, { list }, { event: 'removed', by: SELF, accounts: [account] })
    },
    setGroupRole: async (id, account, role) => {
      const view = await this.#commit(id, { roles: [{ account, role }] })
      const list = view.list.map((one) => (one.account === account ? Object.assign({}, one, { role }) : one))
      this.#change(id, { list }, { event: 'role', by: SELF, account, role })
    },
    changeGroup: async (id, { name, policy, slowMode, timer, history }) => {
      await this.#commit(id, { details: true, ...(policy === undefined ? {} : { policy }) })
      if (name !== undefined) this.#change(id, { name }, { event: 'renamed', by: SELF, name })
      if (policy !== undefined) this.#change(id, { policy }, { event: 'policy', by: SELF, add: policy.add })
      if (slowMode !== undefined) this.#change(id, { slowMode }, { event: 'slowMode', by: SELF, seconds: slowMode })
      if (timer !== undefined) this.#change(id, { timer }, { event: 'timer', by: SELF, seconds: timer })
      if (history !== undefined) this.#change(id, { history }, { event: 'history', by: SELF, count: history })
    },
    leaveGroup: async (id) => {
      await wait(500)
      if (this.#host.connection !== 'online') this.#host.fail('offline')
      this.#change(id, { list: [], stage: 'left', links: [] }, { event: 'left', by: SELF })
    },
    createGroupLink: async (id) => {
      const view = await this.#commit(id, { links: [] })
      const link = this.#link(id, `made${++this.#made}`)
      this.#change(id, { links: [...view.links, link] }, { event: 'linkMade', by: SELF })
      return link.url
    },
    revokeGroupLink: async (id, link) => {
      const view = await this.#commit(id, { links: [] })
      this.#change(id, { links: view.links.filter((one) => one.id !== link) }, { event: 'linkRevoked', by: SELF })
    },
    joinGroup: async (id, secret) => {
      await wait(1_500)
      if (this.#host.connection !== 'online') this.#host.fail('offline')
      if (secret === FAKE_SECRETS.revoked) this.#host.fail('linkInvalid')
      if (secret === FAKE_SECRETS.full) this.#host.fail('groupFull')
      if (this.#views.has(id)) {
        const view = this.of(id)
        const list = view.list.some(({ isSelf }) => isSelf) ? view.list : [...view.list, member('self', 'member')]
        if (view.stage !== 'joined') this.#change(id, { list, stage: 'joined' }, { event: 'joined', by: SELF })
        return id
      }
      const members = [member('hall', 'owner', { name: 'Village Hall' }), member('self', 'member')]
      const made = this.#add(
        { key: `link${++this.#made}`, name: 'Ski bus', stage: 'joined', members, lines: [] },
        Date.now(),
      )
      this.#change(made, {}, { event: 'joined', by: SELF })
      return made
    },
    rejoinGroup: async (id) => {
      await wait(300)
      if (this.#host.connection !== 'online') this.#host.fail('offline')
      setTimeout(() => this.#change(id, { stage: 'joined' }, { event: 'rejoined', by: SELF }), 2_500)
    },
    readersOf: async (id, message) => {
      await wait(150)
      const { timeline } = this.#host.conversations.get(id) ?? this.#host.fail('groupNotFound')
      for (let order = timeline.lastOrder; order > 0; order--) {
        const item = timeline.message(order)
        if (item?.id !== message) continue
        return this.of(id)
          .list.filter(({ isSelf }) => !isSelf)
          .slice(0, item.readBy ?? 0)
          .map(({ account }, index) => Object.assign(this.#author(account), { at: item.at + 90_000 * (index + 1) }))
          .toReversed()
      }
      return this.#host.fail('notFound')
    },
  }
}

function summaryOf({ members, role, stage }: GroupView) {
  return { members, role, stage }
}
