/** The group's details in the group context (SPEC, U-3). */

import type { Extension } from 'ts-mls/extension.js'
import { extensionEqual } from 'ts-mls/extension.js'
import * as v from 'valibot'
import { fromBase64url, fromUtf8, utf8 } from '#protocol/bytes.ts'
import { DETAILS_EXTENSION, GroupDetails } from '#protocol/groups/details.ts'
import type { GroupRole } from '#protocol/groups/roles.ts'
import { REQUIRED_CAPABILITIES } from './config.ts'
import { linkKeys } from './link-keys.ts'
import { RefusedError } from './refusal.ts'

/** The extensions of a group's context: what every member must be able to do, and the details; nothing else. */
export function extensionsFor(details: GroupDetails): Extension[] {
  const sorted = { ...details, roles: details.roles.toSorted((a, b) => (a.account < b.account ? -1 : 1)) }
  return [
    REQUIRED_CAPABILITIES,
    { extensionType: DETAILS_EXTENSION, extensionData: utf8(JSON.stringify(v.parse(GroupDetails, sorted))) },
  ]
}

/**
 * The details in a group context that another member made.
 *
 * @throws RefusedError when they, or another extension, are not as ours are
 */
export function readDetails(extensions: readonly Extension[]): GroupDetails {
  const [required, own] = extensions
  if (extensions.length !== 2 || required === undefined || !extensionEqual(required, REQUIRED_CAPABILITIES)) {
    throw new RefusedError('commitInvalid', 'the group context has other extensions')
  }
  if (own?.extensionType !== DETAILS_EXTENSION) throw new RefusedError('commitInvalid', 'no details')
  const details = v.parse(GroupDetails, JSON.parse(fromUtf8(own.extensionData)))
  const accounts = details.roles.map(({ account }) => account)
  const isSorted = accounts.every((account, at) => at === 0 || (accounts[at - 1] ?? '') < account)
  if (!isSorted || details.roles.some(({ role }) => role === 'member')) {
    throw new RefusedError('commitInvalid', 'roles are not listed as they should be')
  }
  const isTrue = details.links.every(({ id, secret }) => linkKeys(fromBase64url(secret)).id === id)
  if (!isTrue) throw new RefusedError('commitInvalid', 'a link’s id is not that of its secret')
  return details
}

/** The role of an account that is a member. */
export function roleIn(details: GroupDetails, account: string): GroupRole {
  return details.roles.find((entry) => entry.account === account)?.role ?? 'member'
}

/** The details without their lists that are said openly one by one: what `GroupChange.details` is about. */
export function hiddenPart({ name, timer, slowMode, history }: GroupDetails): string {
  return JSON.stringify([name, timer ?? null, slowMode ?? null, history ?? null])
}
