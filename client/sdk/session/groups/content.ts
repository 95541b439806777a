/** What decrypted content of a group does. Runs inside the transaction that reads it. */

import type { Annotation } from '#protocol/content/annotation.ts'
import type { Content, Media, Text, UnknownContent } from '#protocol/content/content.ts'
import type { GroupProfiles } from '#protocol/content/group-content.ts'
import type { MessageEntry } from '#protocol/groups/entries.ts'
import type { DeviceAddress } from '#protocol/primitives.ts'
import type { GroupState } from '../../mls/group-state.ts'
import type { Json } from '../../store/store.ts'
import { annotate, unpin } from '../annotations/annotate.ts'
import { keepAllEarly } from '../annotations/early.ts'
import { operationInGroup, targetOf } from '../annotations/rules.ts'
import { addMessage, announceTimeline } from '../conversations.ts'
import type { Core } from '../core.ts'
import type { Draft } from '../draft.ts'
import { learnProfile } from '../profile.ts'
import { conversationKey, conversationRecord, messageKey, messageRecord, seenKey, seenRecord } from '../records.ts'
import { addEvents } from './group-events.ts'
import { loadMls } from './mls.ts'
import { type MemberProfile, memberProfileKey, memberProfileRecord } from './records.ts'

/** Applies one message. Answers the group's state after it, where it changes that. */
export async function applyGroupContent(
  core: Core,
  draft: Draft,
  state: GroupState,
  from: DeviceAddress,
  entry: MessageEntry,
  content: Content,
): Promise<GroupState> {
  const { group } = state
  switch (content.kind) {
    case 'text':
    case 'media':
    case 'unknown':
      await show(core, draft, group, from, entry, content)
      return state
    case 'reaction':
    case 'edit':
    case 'delete':
    case 'pin':
      await annotateInGroup(core, draft, state, from.account, entry, content)
      return state
    case 'profile':
      await learnMemberProfile(core, draft, from.account, { ...content, isOwn: true })
      return state
    case 'groupProfiles':
      await learnProfiles(core, draft, state, content)
      return state
    case 'groupLeave': {
      const { withLeaver } = await loadMls()
      const place = { messageId: entry.messageId, at: entry.at, by: from }
      await addEvents(core, draft, group, [{ event: 'left', by: from.account }], place)
      return withLeaver(state, from.account)
    }
    case 'receipt':
    case 'timer':
    case 'typing':
    case 'retryRequest':
    case 'resent':
    case 'syncSent':
    case 'syncRead':
    case 'syncDelete':
    case 'syncContact':
    case 'groupRejoin':
    case 'groupRejoinRequest':
    case 'groupHistory':
    case 'groupHistoryRequest':
      // Of one person to another: it says nothing in a group.
      return state
  }
}

async function show(
  core: Core,
  draft: Draft,
  group: string,
  from: DeviceAddress,
  { messageId: id, at }: MessageEntry,
  content: Text | Media | UnknownContent,
): Promise<void> {
  const own = core.requireAccount().account
  const seen = await draft.get(seenRecord, seenKey(from.account, id))
  if (seen?.order !== undefined) return
  if (seen?.shared !== undefined && seen.conversation !== undefined) {
    // Here is the message itself: the copy that somebody shared goes. What was done to that was done to this.
    const key = messageKey(seen.conversation, seen.shared)
    const annotations = (await draft.get(messageRecord, key))?.annotations
    await unpin(core, draft, seen.conversation, [seen.shared])
    draft.delete(key)
    if (annotations !== undefined) await keepAllEarly(core, draft, group, { author: from.account, id }, annotations)
    announceTimeline(core, draft, seen.conversation)
  }
  const state = from.account === own ? 'sent' : 'received'
  const json = (content.kind === 'unknown' ? content.original : content) as Json
  await addMessage(core, draft, group, { id, from, at, state, content: json }, own)
}

/** What a member said of a message takes effect by what the group's state says of them at this place of its log. */
async function annotateInGroup(
  core: Core,
  draft: Draft,
  state: GroupState,
  by: string,
  { messageId: id, at, seq }: MessageEntry,
  annotation: Annotation,
): Promise<void> {
  const { roleOf } = await loadMls()
  const of = targetOf(annotation, by)
  const roles = { by: roleOf(state, by), author: roleOf(state, of.author) }
  const operation = operationInGroup(annotation, { by, id, at }, seq, roles)
  if (operation !== undefined) await annotate(core, draft, state.group, of, operation)
}

async function learnProfiles(core: Core, draft: Draft, state: GroupState, content: GroupProfiles): Promise<void> {
  const { membersIn } = await loadMls()
  const members = membersIn(state)
  for (const { account, ...profile } of content.profiles) {
    // Hearsay: only about members, and only until they speak for themselves.
    if (!members.hasAccount(account) || account === core.requireAccount().account) continue
    await learnMemberProfile(core, draft, account, { ...profile, isOwn: false })
  }
}

/** Of somebody with a conversation of its own, into that; else, aside. */
export async function learnMemberProfile(
  core: Core,
  draft: Draft,
  account: string,
  { name, username, isOwn }: { name: string; username?: string | undefined; isOwn: boolean },
): Promise<void> {
  const named = username === undefined ? {} : { username }
  const contact = await draft.get(conversationRecord, conversationKey(account))
  if (contact !== undefined) {
    if (isOwn) await learnProfile(core, draft, account, { kind: 'profile', name, ...named })
    return
  }
  const known = await draft.get(memberProfileRecord, memberProfileKey(account))
  if (known?.isOwn === true && !isOwn) return
  const { deliveryKey } = known ?? {}
  const profile: MemberProfile = { name, isOwn, ...named, ...(deliveryKey && { deliveryKey }) }
  draft.put(memberProfileRecord, memberProfileKey(account), profile)
  draft.announce(() => core.events.emit('profile', { account, name, ...named }))
}

/** What an account has told of itself that there is no conversation with (any more). */
export async function formerlyTold(draft: Draft, account: string): Promise<Omit<MemberProfile, 'isOwn'> | undefined> {
  const known = await draft.get(memberProfileRecord, memberProfileKey(account))
  if (known === undefined) return undefined
  const { isOwn: _said, ...told } = known
  return told
}

/** How an account calls itself, as far as this device knows. */
export async function profileOf(
  draft: Draft,
  account: string,
): Promise<{ readonly name?: string; readonly username?: string }> {
  const contact = await draft.get(conversationRecord, conversationKey(account))
  const known = contact?.name === undefined ? await draft.get(memberProfileRecord, memberProfileKey(account)) : contact
  if (known === undefined) return {}
  return {
    ...(known.name === undefined ? {} : { name: known.name }),
    ...(known.username === undefined ? {} : { username: known.username }),
  }
}
