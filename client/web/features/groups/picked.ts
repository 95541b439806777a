/** People who are chosen for a group, in the order in which they were. Pure. */

import type { ConversationRow } from '../../engine/api.ts'
import { foldForSearch } from '../../state/conversation-list.ts'
import { sortingNameOf } from '../conversations/name-of.ts'

export interface Picked {
  readonly account: string
  readonly name?: string | undefined
  readonly username?: string | undefined
}

/** Chosen, or no longer; beyond the limit nobody else is. */
export function toggled(picked: readonly Picked[], person: Picked, limit: number): readonly Picked[] {
  const others = picked.filter(({ account }) => account !== person.account)
  if (others.length < picked.length) return others
  return picked.length < limit ? [...picked, person] : picked
}

/** Who can be chosen: the people of all conversations, archived ones too, by name as `locale` sorts. Who is in already cannot. */
export function choicesOf(
  rows: Iterable<ConversationRow>,
  {
    search,
    without,
    locale,
  }: { readonly search: string; readonly without: ReadonlySet<string>; readonly locale?: string },
): readonly Picked[] {
  const wanted = foldForSearch(search)
  const choices: Picked[] = []
  for (const { id, name, username, group } of rows) {
    if (group !== undefined || without.has(id)) continue
    const fits = [name, username].some((text) => text !== undefined && foldForSearch(text).includes(wanted))
    if (wanted === '' || fits) choices.push({ account: id, name, username })
  }
  const { compare } = new Intl.Collator(locale, { numeric: true })
  return choices.sort((a, b) => compare(sortingNameOf(a), sortingNameOf(b)))
}
