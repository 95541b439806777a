import { rankOf } from '#protocol/groups/roles.ts'
import type { GroupMemberView } from '../../engine/api.ts'
import { sortingNameOf } from '../conversations/name-of.ts'

/** The highest roles first, oneself before others, then by name as `locale` sorts; who has no name comes last. Pure. */
export function membersInOrder(members: readonly GroupMemberView[], locale: string): readonly GroupMemberView[] {
  const { compare } = new Intl.Collator(locale, { numeric: true })
  return members.toSorted(
    (a, b) =>
      rankOf(b.role) - rankOf(a.role) ||
      Number(b.isSelf) - Number(a.isSelf) ||
      compare(sortingNameOf(a), sortingNameOf(b)),
  )
}
