/** What the own role is offered in a group: decided by the rules by which the relay and all members decide. */

import { type GroupChange, type Membership, NO_CHANGE, checkChange } from '#protocol/groups/change.ts'
import { GROUP_ROLES, type GroupRole } from '#protocol/groups/roles.ts'
import type { GroupMemberView, GroupView } from '../../engine/api.ts'

/** As much of a group as the rules look at. */
export type Ruled = Pick<GroupView, 'list' | 'policy' | 'stage'>

/** Members as the rules look at them. Which numbers devices have makes no difference to what a role may do. */
export function membershipOf({ list, policy }: Pick<GroupView, 'list' | 'policy'>): Membership {
  const members = new Map(list.map((member) => [member.account, member]))
  return {
    roleOf: (account) => members.get(account)?.role,
    hasDevice: (account, device) => device >= 1 && device <= (members.get(account)?.devices ?? 0),
    hasLeft: (account) => members.get(account)?.hasLeft === true,
    policy,
  }
}

function may(group: Ruled, change: Partial<GroupChange>): boolean {
  const self = group.list.find(({ isSelf }) => isSelf)
  if (group.stage !== 'joined' || self === undefined) return false
  return checkChange(membershipOf(group), self.account, { ...NO_CHANGE, ...change }) === undefined
}

/** An account that no list of members has. */
const STRANGER = { account: '', device: 1 }

export const mayAdd = (group: Ruled): boolean => may(group, { add: [STRANGER] })

/** Whether name, policy, slow mode and links are this role's to change. */
export const mayManage = (group: Ruled): boolean => may(group, { details: true })

export interface MemberOffers {
  /** Roles that can be given to it, by ascending rank. */
  readonly roles: readonly GroupRole[]
  readonly remove: boolean
}

/** What can be done with one member. The own account leaves instead of being removed. */
export function offersFor(group: Ruled, { account, role, isSelf }: GroupMemberView): MemberOffers {
  const staysOwned = !isSelf || !isLastOwner(group)
  return {
    roles: GROUP_ROLES.filter(
      (other) => other !== role && staysOwned && may(group, { roles: [{ account, role: other }] }),
    ),
    remove: !isSelf && may(group, { remove: [{ account, device: 1 }] }),
  }
}

/** Whether the own account is the one owner of a group that has other members: without it nobody could name admins. */
export function isLastOwner({ list }: Pick<GroupView, 'list'>): boolean {
  const present = list.filter(({ hasLeft }) => !hasLeft)
  const owners = present.filter(({ role }) => role === 'owner')
  return owners.length === 1 && owners[0]?.isSelf === true && present.length > 1
}
