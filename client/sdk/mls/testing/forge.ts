/** What a member with a changed client, or the relay, would send. */

import type { Proposal } from 'ts-mls/proposal.js'
import { toBase64url } from '#protocol/bytes.ts'
import { commitBinding } from '#protocol/groups/binding.ts'
import { type GroupChange, NO_CHANGE } from '#protocol/groups/change.ts'
import type { GroupDetails } from '#protocol/groups/details.ts'
import type { CommitEntry } from '#protocol/groups/entries.ts'
import { effectOf } from '../change-of.ts'
import { extensionsFor } from '../details.ts'
import { beginEpoch, epochOf, libraryState, membersIn } from '../group-state.ts'
import type { ForeignKeyPackage } from '../key-package.ts'
import { suiteOf } from '../suite.ts'
import { makeCommit } from '../update.ts'
import { randomId } from './device.ts'
import type { TestMember } from './member.ts'

/** A proposal to add somebody. */
export function adding({ keyPackage }: ForeignKeyPackage): Proposal {
  return { proposalType: 'add', add: { keyPackage } }
}

/** A proposal to remove a member. */
export function removing(seen: TestMember, member: TestMember): Proposal {
  return { proposalType: 'remove', remove: { removed: membersIn(seen.state).find(member.device.address)?.leaf ?? -1 } }
}

/** A proposal to set the details. */
export function setting(details: GroupDetails): Proposal {
  return { proposalType: 'group_context_extensions', groupContextExtensions: { extensions: extensionsFor(details) } }
}

/**
 * A member's commit of whatever proposals, as an entry of the log; nothing of it was checked.
 *
 * @param said what the commit says openly, when that is not the truth
 */
export async function forge(by: TestMember, proposals: readonly Proposal[], said?: GroupChange): Promise<CommitEntry> {
  const { state } = by
  const messageId = randomId()
  const change = said ?? honest(by, proposals)
  const accepting = { validateCredential: () => Promise.resolve(true) }
  const library = libraryState(state, accepting)
  const binding = commitBinding(messageId, change)
  const { body, next } = await makeCommit(library, proposals, binding, await suiteOf(state.suite))
  return {
    kind: 'commit',
    seq: state.seq + 1,
    at: 0,
    messageId,
    epoch: epochOf(state),
    body: toBase64url(body),
    change,
    sendKey: (await beginEpoch(state, next, undefined).catch(() => state)).sendKey.publicKey,
  }
}

function honest(by: TestMember, proposals: readonly Proposal[]): GroupChange {
  try {
    return effectOf(by.state, proposals).change
  } catch {
    return NO_CHANGE
  }
}
