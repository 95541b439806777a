/** A group, as an application sees it. */

import type { GroupPolicy, GroupRole } from '#protocol/groups/roles.ts'
import { rankOf } from '#protocol/groups/roles.ts'
import type { GroupState } from '../../mls/group-state.ts'
import type { Core } from '../core.ts'
import type { Draft } from '../draft.ts'
import type { GroupStage } from '../events.ts'
import { conversationOf } from '../conversations.ts'
import type { GroupBook } from './book.ts'
import { profileOf } from './content.ts'
import { GroupError } from './errors.ts'
import { loadMls } from './mls.ts'

export interface Group {
  readonly id: string
  readonly name: string
  readonly stage: GroupStage
  /** The own role; `member` also when this device is in no more. */
  readonly role: GroupRole
  /** By rank, the own account first among equals, then by name. Empty when this device is not in it. */
  readonly members: readonly GroupMember[]
  readonly policy: GroupPolicy
  /** Ways in, with their secrets. */
  readonly links: readonly { readonly id: string; readonly secret: string }[]
  /** Seconds between two messages of a member. */
  readonly slowMode?: number
  /** Seconds after which messages disappear; absent when they stay. */
  readonly timer?: number
  /** Messages from before they came that joiners are shown. */
  readonly history?: number
  readonly suite?: number
  readonly epoch: number
  /** The same for every member of this epoch, and for nobody else: to compare. */
  readonly authenticator?: string
  /** Of a broken group: the one that this account made in its place. */
  readonly successor?: string
}

export interface GroupMember {
  readonly account: string
  readonly name?: string
  readonly username?: string
  readonly role: GroupRole
  /** Devices that are in the group. */
  readonly devices: number
  readonly isSelf: boolean
  /** It said that it leaves, and was not removed yet. */
  readonly hasLeft: boolean
}

/** @throws GroupError `groupUnknown` */
export async function viewGroup(core: Core, draft: Draft, book: GroupBook, group: string): Promise<Group> {
  const record = await book.record(draft, group)
  if (record === undefined) throw new GroupError('groupUnknown')
  const conversation = await conversationOf(draft, group)
  const state = await book.state(draft, group)
  const base = {
    id: group,
    name: conversation.name ?? '',
    stage: record.stage,
    role: conversation.group?.role ?? 'member',
    ...(record.successor === undefined ? {} : { successor: record.successor }),
  } as const
  if (state === undefined) return { ...base, members: [], policy: { add: 'admin' }, links: [], epoch: 0 }
  const { detailsOf, epochAuthenticator, epochOf } = await loadMls()
  const { name, policy, links, slowMode, timer, history } = detailsOf(state)
  return {
    ...base,
    name,
    members: await membersOf(core, draft, state),
    policy,
    links,
    ...(slowMode === undefined ? {} : { slowMode }),
    ...(timer === undefined ? {} : { timer }),
    ...(history === undefined ? {} : { history }),
    suite: state.suite,
    epoch: epochOf(state),
    authenticator: epochAuthenticator(state),
  }
}

async function membersOf(core: Core, draft: Draft, state: GroupState): Promise<GroupMember[]> {
  const { membersIn, roleOf } = await loadMls()
  const own = core.requireAccount()
  const devices = new Map<string, number>()
  for (const { account } of membersIn(state).list) devices.set(account, (devices.get(account) ?? 0) + 1)
  const members: GroupMember[] = []
  for (const [account, count] of devices) {
    const isSelf = account === own.account
    const profile = isSelf
      ? { name: own.profileName, ...(own.username === undefined ? {} : { username: own.username }) }
      : await profileOf(draft, account)
    const role = roleOf(state, account) ?? 'member'
    members.push({ account, ...profile, role, devices: count, isSelf, hasLeft: state.left.includes(account) })
  }
  const nameOf = ({ name, username, account }: GroupMember) => name ?? username ?? account
  return members.sort(
    (a, b) =>
      rankOf(b.role) - rankOf(a.role) || Number(b.isSelf) - Number(a.isSelf) || nameOf(a).localeCompare(nameOf(b)),
  )
}
