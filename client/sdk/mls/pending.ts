/** A commit that was made and is not in the log yet. The epoch that it begins is kept until then: without it nobody, its maker included, could follow. */

import type * as v from 'valibot'
import { equalBytes } from '#protocol/bytes.ts'
import { changeOctets } from '#protocol/groups/change.ts'
import type { CommitEntry } from '#protocol/groups/entries.ts'
import type { commitToGroup } from '#protocol/http/groups.ts'
import type { Applied } from './apply.ts'
import { type GroupState, detailsOf, epochOf, membersIn, nextFormer, selfIn } from './group-state.ts'
import type { Refusal } from './refusal.ts'

/** To be stored before `request` is sent, and until it is answered: `next` by `writeParts`. */
export interface PendingCommit {
  /** The body of `POST /v1/groups/commits`, the same on every retry. */
  readonly request: v.InferOutput<typeof commitToGroup.request>
  /** The group after it; its `seq` is not known yet. */
  readonly next: GroupState
}

/**
 * Takes the own commit from the log. Another commit of the same epoch may stand there instead: that one is applied, and
 * the own one made anew from its intent.
 */
export function adopt(state: GroupState, { request, next }: PendingCommit, entry: CommitEntry): Applied | Refusal {
  if (entry.seq !== state.seq + 1) return { refused: 'outOfOrder', reason: `not the entry after ${state.seq}` }
  const isOurs =
    entry.messageId === request.messageId &&
    entry.epoch === request.epoch &&
    request.epoch === epochOf(state) &&
    request.group === state.group
  if (!isOurs) return { refused: 'bindingMismatch', reason: 'another commit than the own one' }
  if (entry.body !== request.body) return { refused: 'bindingMismatch', reason: 'not the octets that were sent' }
  if (!equalBytes(changeOctets(entry.change), changeOctets(request.change))) {
    return { refused: 'changeMismatch', reason: 'not the change that was sent' }
  }
  if (entry.sendKey !== request.sendKey) return { refused: 'sendKeyMismatch', reason: 'not the key that was sent' }
  const members = membersIn(next)
  return {
    kind: 'applied',
    state: {
      ...next,
      seq: entry.seq,
      // Messages may have come since it was made.
      former: nextFormer(state),
      left: state.left.filter((account) => members.hasAccount(account)),
      elders: state.elders,
    },
    by: selfIn(state),
    change: entry.change,
    before: detailsOf(state),
    unverified: [],
  }
}

/** An external commit's group, once the relay has answered which place in the log it got. */
export function enter({ next }: PendingCommit, answer: { readonly seq: number }): GroupState {
  return { ...next, seq: answer.seq }
}
