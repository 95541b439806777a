/** Who may do what to messages (SPEC, CT-4 to CT-8). */

import type { Annotation } from '#protocol/content/annotation.ts'
import type { MessageName } from '#protocol/content/message-name.ts'
import { type GroupRole, MAY_PIN, MAY_REMOVE, isAtLeast, rankOf } from '#protocol/groups/roles.ts'
import { wordsOf } from './view.ts'
import type { Operation } from './model.ts'

/** The roles that decide, of a group at a place in its log. An author that is no member any more has none. */
export interface Roles {
  readonly by: GroupRole | undefined
  readonly author: GroupRole | undefined
}

/** Who said it, under which id, and when. */
export interface Said {
  readonly by: string
  readonly id: string
  readonly at: number
}

/** The message that an annotation is about. Other words are always about a message of their author. */
export function targetOf(annotation: Annotation, by: string): MessageName {
  return annotation.kind === 'edit' ? { author: by, id: annotation.of } : annotation.of
}

/** Whether a role may delete messages of another account in a group: who may remove it, may. */
export function mayDeleteOthers({ by, author }: Roles): boolean {
  if (by === undefined || !isAtLeast(by, MAY_REMOVE)) return false
  return author === undefined || rankOf(by) > rankOf(author)
}

export function mayPin(role: GroupRole | undefined): boolean {
  return role !== undefined && isAtLeast(role, MAY_PIN)
}

/** What an annotation does between two, either of whom may pin; `undefined` where its author may not. */
export function operationBetween(annotation: Annotation, said: Said): Operation | undefined {
  const { by, id } = said
  if (annotation.kind === 'delete') return annotation.of.author === by ? { kind: 'delete', by, id } : undefined
  if (annotation.kind === 'pin') {
    return { kind: 'pin', pinned: annotation.pinned, stamp: { revision: annotation.revision, id } }
  }
  return ofItsAuthor(annotation, said)
}

/** The same in a group. @param seq the annotation's place in the group's log, which orders pins */
export function operationInGroup(annotation: Annotation, said: Said, seq: number, roles: Roles): Operation | undefined {
  const { by, id } = said
  if (annotation.kind === 'delete') {
    return annotation.of.author === by || mayDeleteOthers(roles) ? { kind: 'delete', by, id } : undefined
  }
  if (annotation.kind === 'pin') {
    // One author's word cannot be the last for ever: here the relay's order is everybody's.
    return mayPin(roles.by) ? { kind: 'pin', pinned: annotation.pinned, stamp: { revision: seq, id } } : undefined
  }
  return ofItsAuthor(annotation, said)
}

/** What everybody may: to say how one feels, and to change one's own words. */
function ofItsAuthor(
  annotation: Extract<Annotation, { readonly kind: 'reaction' | 'edit' }>,
  { by, id, at }: Said,
): Operation {
  const stamp = { revision: annotation.revision, id }
  return annotation.kind === 'edit'
    ? { kind: 'edit', words: wordsOf(annotation), at, stamp }
    : { kind: 'reaction', by, emoji: annotation.emoji, stamp }
}
