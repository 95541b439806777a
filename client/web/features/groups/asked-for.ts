import type { GroupMemberView } from '../../engine/api.ts'
import { nameOf } from '../conversations/name-of.ts'

/** Of many people this many are named. */
const NAMED = 5

/** Who will be in a group that is made in the place of a broken one. */
export interface Asked {
  /** In the order of the list. */
  readonly named: readonly { readonly account: string; readonly name?: string; readonly called: string }[]
  /** Those without a name that can be shown. */
  readonly nameless: number
  /** Those with a name who are not named here. */
  readonly others: number
}

/** Everybody but the own account, and those who have left. */
export function askedFor(list: readonly GroupMemberView[]): Asked {
  const people = list.filter(({ isSelf, hasLeft }) => !isSelf && !hasLeft)
  const named = people.flatMap(({ account, name, username }) => {
    const called = nameOf({ name, username })
    return called === undefined ? [] : [{ account, ...(name === undefined ? {} : { name }), called }]
  })
  // One more name takes no more room than the words for it would.
  const shown = named.length + (people.length > named.length ? 1 : 0) <= NAMED + 1 ? named.length : NAMED
  return { named: named.slice(0, shown), nameless: people.length - named.length, others: named.length - shown }
}
