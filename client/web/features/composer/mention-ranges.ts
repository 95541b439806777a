/** Names in a text while it is written: ranges that follow its edits. Pure; positions are UTF-16 code units. */

import type { Mention } from '#protocol/content/content.ts'
import { LIMITS } from '#protocol/limits.ts'
import type { GroupMemberView } from '../../engine/api.ts'
import { foldForSearch } from '../../state/conversation-list.ts'
import { nameOf } from '../conversations/name-of.ts'
import type { Edit } from './style-ranges.ts'

/** Letters of a name after the `@` that are looked at; a longer text is no name that somebody types. */
const QUERY_MAX = 40
/** How many names are offered at once: as many as the list shows without scrolling. */
const OFFERED = 6

/** The ranges after an edit. A name that was edited is a text like any other. */
export function mentionsAfterEdit(mentions: readonly Mention[], { at, removed, inserted }: Edit): Mention[] {
  return mentions.flatMap((mention) => {
    const end = mention.start + mention.length
    if (end <= at) return [mention]
    if (mention.start >= at + removed) return [{ ...mention, start: mention.start - removed + inserted }]
    return []
  })
}

/** Ranges of a text whose blanks around it are left out. */
export function trimmedMentions(body: string, mentions: readonly Mention[]): Mention[] {
  const cut = body.length - body.trimStart().length
  const end = body.trim().length
  return mentions
    .map((mention) => ({ ...mention, start: mention.start - cut }))
    .filter(({ start, length }) => start >= 0 && start + length <= end)
    .slice(0, LIMITS.mentions)
}

export interface MentionQuery {
  /** Where the `@` stands. */
  readonly at: number
  /** What follows it, up to the caret. */
  readonly query: string
}

/** The name that is being typed at the caret, if one is: what follows an `@` that begins a word. */
export function mentionQueryAt(text: string, caret: number, mentions: readonly Mention[]): MentionQuery | undefined {
  const at = text.lastIndexOf('@', caret - 1)
  if (at === -1 || caret - at - 1 > QUERY_MAX) return undefined
  if (/[\p{L}\p{N}_.@]$/u.test(text.slice(0, at))) return undefined
  const query = text.slice(at + 1, caret)
  if (/^\s|\n|\s\s/u.test(query)) return undefined
  // A name that was chosen already is not being typed.
  if (mentions.some(({ start, length }) => start <= at && at < start + length)) return undefined
  return { at, query }
}

/** Whom a query may mean: everybody else who is in, names that begin with it first. */
export function mentionCandidates(members: readonly GroupMemberView[], query: string): readonly GroupMemberView[] {
  const wanted = foldForSearch(query)
  const ranked = members.flatMap((member) => {
    if (member.isSelf || member.hasLeft || nameOf(member) === undefined) return []
    const name = foldForSearch(member.name ?? '')
    const username = foldForSearch(member.username ?? '')
    if (name.startsWith(wanted) || username.startsWith(wanted)) return [{ member, rank: 0 }]
    return name.split(/\s+/u).some((word) => word.startsWith(wanted)) ? [{ member, rank: 1 }] : []
  })
  return ranked
    .sort((a, b) => a.rank - b.rank)
    .slice(0, OFFERED)
    .map(({ member }) => member)
}

/** What stands in the text for a member. */
export function mentionText(member: Pick<GroupMemberView, 'name' | 'username'>): string {
  const name = nameOf(member) ?? ''
  return name.startsWith('@') ? name : `@${name}`
}
