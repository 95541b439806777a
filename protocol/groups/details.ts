/**
 * What members know of their group: an extension of the MLS group context, so that it is agreed on with the epoch's keys
 * and the relay never sees it.
 */

import * as v from 'valibot'
import { LIMITS } from '../limits.ts'
import { AccountId, bytesOf, integer, listOf } from '../primitives.ts'
import { LinkId } from './change.ts'
import { Timer } from '../timer.ts'
import { GroupPolicy, GroupRole } from './roles.ts'

/** Type of the group context extension (RFC 9420 section 17.3, private use). */
export const DETAILS_EXTENSION = 0xf5_0a

/** 32 octets from which a link's id, its box's key and its joiners' proofs are derived. */
export const LinkSecret = bytesOf(32)

export const GroupDetails = v.object({
  name: v.pipe(v.string(), v.minLength(1), v.maxLength(LIMITS.groupNameMax)),
  /** All accounts above `member`, each once; by account id. */
  roles: listOf(v.object({ account: AccountId, role: GroupRole }), LIMITS.groupAccounts),
  policy: GroupPolicy,
  links: listOf(v.object({ id: LinkId, secret: LinkSecret }), LIMITS.groupLinks),
  /** Seconds after which messages disappear; absent when they stay. */
  timer: v.optional(Timer),
  /** Seconds that members wait between two messages; moderators do not. */
  slowMode: v.optional(integer(1)),
  /** How many of the latest messages joiners are shown by other members; absent when none (SPEC, section 24). */
  history: v.optional(integer(1, LIMITS.groupHistory)),
})
export type GroupDetails = v.InferOutput<typeof GroupDetails>
