/** What a commit changes, read from its proposals, as it should have been said openly (SPEC, U-4), and who may (U-3). */

import type { Proposal } from 'ts-mls/proposal.js'
import { equalBytes } from '#protocol/bytes.ts'
import { type GroupChange, type Membership, changeOctets } from '#protocol/groups/change.ts'
import type { GroupDetails } from '#protocol/groups/details.ts'
import type { DeviceAddress } from '#protocol/primitives.ts'
import { addressOf } from './credential.ts'
import { hiddenPart, readDetails, roleIn } from './details.ts'
import { type GroupState, detailsOf, membersIn, roleOf } from './group-state.ts'
import { nameOf } from './members.ts'
import { RefusedError } from './refusal.ts'

/** What a member's commit does to a group. */
export interface Effect {
  readonly change: GroupChange
  /** The details afterwards. */
  readonly details: GroupDetails
}

/**
 * The effect of a member's commit.
 *
 * @throws RefusedError for proposals of a kind that members do not make
 */
export function effectOf(before: GroupState, proposals: readonly Proposal[]): Effect {
  const members = membersIn(before)
  const add: DeviceAddress[] = []
  const remove: DeviceAddress[] = []
  let details = detailsOf(before)
  for (const proposal of proposals) {
    switch (proposal.proposalType) {
      case 'add':
        add.push(addressOf(proposal.add.keyPackage.leafNode.credential))
        break
      case 'remove': {
        const member = members.at(proposal.remove.removed)
        if (member === undefined) throw new RefusedError('commitInvalid', 'a leaf is removed that is nobody’s')
        remove.push({ account: member.account, device: member.device })
        break
      }
      case 'group_context_extensions':
        details = readDetails(proposal.groupContextExtensions.extensions)
        break
      case 'update':
      case 'psk':
      case 'reinit':
      case 'external_init':
      default:
        throw new RefusedError('commitInvalid', `a member’s commit proposes ${proposal.proposalType}`)
    }
  }
  return { change: changeBetween(before, details, add, remove), details }
}

/** The open form of a change. */
export function changeBetween(
  before: GroupState,
  details: GroupDetails,
  add: readonly DeviceAddress[],
  remove: readonly DeviceAddress[],
): GroupChange {
  const old = detailsOf(before)
  const gone = new Set(remove.map(nameOf))
  const after = new Set([
    ...membersIn(before)
      .list.filter((member) => !gone.has(nameOf(member)))
      .map(({ account }) => account),
    ...add.map(({ account }) => account),
  ])
  const concerned = new Set([...old.roles, ...details.roles].map(({ account }) => account))
  const roles = [...concerned]
    .filter((account) => after.has(account) && roleIn(details, account) !== (roleOf(before, account) ?? 'member'))
    .map((account) => ({ account, role: roleIn(details, account) }))
  const links = details.links.map(({ id }) => id)
  return {
    add: [...add],
    remove: [...remove],
    roles,
    ...(details.policy.add === old.policy.add ? {} : { policy: details.policy }),
    ...(links.join() === old.links.map(({ id }) => id).join() ? {} : { links }),
    details: hiddenPart(details) !== hiddenPart(old),
  }
}

/** Whether two changes are the same, in whatever order they name things. */
export function isSameChange(a: GroupChange, b: GroupChange): boolean {
  return equalBytes(changeOctets(sorted(a)), changeOctets(sorted(b)))
}

function byName(a: DeviceAddress, b: DeviceAddress): number {
  return nameOf(a) < nameOf(b) ? -1 : 1
}

function sorted(change: GroupChange): GroupChange {
  return {
    ...change,
    add: change.add.toSorted(byName),
    remove: change.remove.toSorted(byName),
    roles: change.roles.toSorted((a, b) => (a.account < b.account ? -1 : 1)),
    ...(change.links === undefined ? {} : { links: change.links.toSorted() }),
  }
}

/**
 * The group's members as the rules of T-4 look at them.
 *
 * @param trusting whether accounts of which this device cannot know whether they left are taken to have (for others'
 * commits); see `GroupState.elders`
 */
export function membershipOf(state: GroupState, trusting: boolean): Membership {
  const members = membersIn(state)
  return {
    roleOf: (account) => roleOf(state, account),
    hasDevice: (account, device) => members.find({ account, device }) !== undefined,
    hasLeft: (account) => state.left.includes(account) || (trusting && state.elders.includes(account)),
    policy: detailsOf(state).policy,
  }
}
