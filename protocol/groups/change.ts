/**
 * What a commit changes, said openly beside it: the relay cannot read commits, and keeps members and roles by this. The
 * commit authenticates it (SPEC, U-4), so that members notice when it says something else than the commit does.
 */

import * as v from 'valibot'
import { utf8 } from '../bytes.ts'
import type { ErrorCode } from '../errors.ts'
import { LIMITS } from '../limits.ts'
import { AccountId, DeviceAddress, bytesOf, listOf } from '../primitives.ts'
import { GroupPolicy, GroupRole, MAY_MANAGE, MAY_REMOVE, isAtLeast, rankOf } from './roles.ts'

/** Names an invite link without telling its secret. */
export const LinkId = bytesOf(16)
export type LinkId = v.InferOutput<typeof LinkId>

export const GroupChange = v.strictObject({
  /** Devices that join. An account that was no member becomes one. */
  add: listOf(DeviceAddress, LIMITS.groupDevicesPerCommit),
  /** Devices that leave. An account without devices is no member any more. */
  remove: listOf(DeviceAddress, LIMITS.groupDevicesPerCommit),
  roles: listOf(v.strictObject({ account: AccountId, role: GroupRole }), LIMITS.groupDevicesPerCommit),
  policy: v.optional(GroupPolicy),
  /** All links that lead into the group from now on; absent when they stay as they are. */
  links: v.optional(listOf(LinkId, LIMITS.groupLinks)),
  /** Whether name, timer, or another detail of the encrypted group context changes. */
  details: v.boolean(),
})
export type GroupChange = v.InferOutput<typeof GroupChange>

export const NO_CHANGE: GroupChange = { add: [], remove: [], roles: [], details: false }

/** Members as the rules look at them. */
export interface Membership {
  /** `undefined` when the account is no member. */
  roleOf(account: string): GroupRole | undefined
  hasDevice(account: string, device: number): boolean
  /** Whether the account said that it leaves: then any member may remove it. */
  hasLeft(account: string): boolean
  readonly policy: GroupPolicy
}

/**
 * Whether `actor`, a member, may make this change. `undefined` when it may.
 *
 * @returns `notMember`, `roleInsufficient`, or `changeInvalid` for one that does not fit the members
 */
export function checkChange(members: Membership, actor: string, change: GroupChange): ErrorCode | undefined {
  const own = members.roleOf(actor)
  if (own === undefined) return 'notMember'
  if (!isConsistent(members, change)) return 'changeInvalid'
  const strangers = change.add.filter(({ account }) => members.roleOf(account) === undefined)
  if (strangers.length > 0 && !isAtLeast(own, members.policy.add)) return 'roleInsufficient'
  // A member's further devices come by its own hand, or by whoever may add members.
  const others = change.add.filter(({ account }) => account !== actor)
  if (others.length > strangers.length && !isAtLeast(own, members.policy.add)) return 'roleInsufficient'
  for (const { account } of change.remove) {
    if (account !== actor && !members.hasLeft(account) && !outranks(own, members.roleOf(account), MAY_REMOVE)) {
      return 'roleInsufficient'
    }
  }
  for (const { account, role } of change.roles) {
    const isOwnersGift = own === 'owner' && account !== actor
    const isBelow = outranks(own, members.roleOf(account) ?? 'member', MAY_MANAGE) && rankOf(role) < rankOf(own)
    const isStepDown = account === actor && rankOf(role) < rankOf(own)
    if (!isOwnersGift && !isBelow && !isStepDown) return 'roleInsufficient'
  }
  const manages = change.policy !== undefined || change.links !== undefined || change.details
  return manages && !isAtLeast(own, MAY_MANAGE) ? 'roleInsufficient' : undefined
}

function outranks(own: GroupRole, other: GroupRole | undefined, least: GroupRole): boolean {
  return isAtLeast(own, least) && other !== undefined && rankOf(own) > rankOf(other)
}

function name({ account, device }: DeviceAddress): string {
  return `${account} ${device}`
}

/** Each device once, none that is there already, none removed that is not. A device set up anew is removed and added. */
function isConsistent(members: Membership, { add, remove, roles }: GroupChange): boolean {
  const removed = new Set(remove.map(name))
  const added = new Set(add.map(name))
  const roled = new Set(roles.map(({ account }) => account))
  if (removed.size !== remove.length || added.size !== add.length || roled.size !== roles.length) return false
  if (remove.some(({ account, device }) => !members.hasDevice(account, device))) return false
  if (add.some((address) => members.hasDevice(address.account, address.device) && !removed.has(name(address)))) {
    return false
  }
  const joins = new Set(add.map(({ account }) => account))
  return roles.every(({ account }) => members.roleOf(account) !== undefined || joins.has(account))
}

function pairOf({ account, device }: DeviceAddress): readonly [string, number] {
  return [account, device]
}

/** The octets of a change that a commit authenticates: fields in this order, as JSON arrays. */
export function changeOctets({ add, remove, roles, policy, links, details }: GroupChange): Uint8Array<ArrayBuffer> {
  return utf8(
    JSON.stringify([
      add.map(pairOf),
      remove.map(pairOf),
      roles.map(({ account, role }) => [account, role]),
      policy === undefined ? null : [policy.add],
      links ?? null,
      details,
    ]),
  )
}
