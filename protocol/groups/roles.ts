/** Who may do what in a group. The group's relay and every client decide by these same rules. */

import * as v from 'valibot'

/** By ascending rank. */
export const GROUP_ROLES = ['member', 'moderator', 'admin', 'owner'] as const
export const GroupRole = v.picklist(GROUP_ROLES)
export type GroupRole = v.InferOutput<typeof GroupRole>

/** A role's place in the order: 0 for a member. */
export function rankOf(role: GroupRole): number {
  return GROUP_ROLES.indexOf(role)
}

/** What the relay has to know in order to enforce it. Name, timer and links' secrets are in the encrypted group context. */
export const GroupPolicy = v.strictObject({
  /** The least role that may add accounts. */
  add: GroupRole,
})
export type GroupPolicy = v.InferOutput<typeof GroupPolicy>

export const DEFAULT_GROUP_POLICY: GroupPolicy = { add: 'admin' }

/** The least role that may remove others of a lower role. */
export const MAY_REMOVE: GroupRole = 'moderator'
/** The least role that may pin messages. Whoever may remove somebody may also delete that account's messages for everyone. */
export const MAY_PIN: GroupRole = 'moderator'
/** The least role that may give roles below its own, change name and policy, and make and revoke invite links. */
export const MAY_MANAGE: GroupRole = 'admin'

/** Whether `role` is at least `least`. */
export function isAtLeast(role: GroupRole, least: GroupRole): boolean {
  return rankOf(role) >= rankOf(least)
}
