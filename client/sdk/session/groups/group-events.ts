/** What happened in a group, in its timeline; made from commits that were verified. */

import type { Applied } from '../../mls/apply.ts'
import type { GroupChange } from '#protocol/groups/change.ts'
import type { GroupDetails } from '#protocol/groups/details.ts'
import type { CommitEntry } from '#protocol/groups/entries.ts'
import type { DeviceAddress } from '#protocol/primitives.ts'
import type { Json } from '../../store/store.ts'
import { addMessage } from '../conversations.ts'
import type { Core } from '../core.ts'
import type { Draft } from '../draft.ts'
import type { GroupEvent } from '../events.ts'
import { drawMessageId } from '../message-id.ts'

type AppliedCommit = Extract<Applied, { kind: 'applied' }>

/** A group as a commit found or left it. */
export interface Seen {
  readonly accounts: ReadonlySet<string>
  readonly details: GroupDetails
  /** Accounts that said that they leave. */
  readonly left: readonly string[]
}

/** Everything that members would want to hear of a commit. Whoever left was told of then: that somebody takes it out of the keys is no news. */
export function eventsOf({ by, change }: AppliedCommit, before: Seen, after: Seen): GroupEvent[] {
  const { account } = by
  const events: GroupEvent[] = []
  const added = accountsOf(change.add).filter((id) => !before.accounts.has(id))
  const removed = accountsOf(change.remove).filter((id) => !after.accounts.has(id) && !before.left.includes(id))
  const others = added.filter((id) => id !== account)
  if (others.length > 0) events.push({ event: 'added', by: account, accounts: others })
  if (added.includes(account)) events.push({ event: 'joined', by: account })
  if (removed.length > 0) events.push({ event: 'removed', by: account, accounts: removed })
  if (isReturn(by, change)) events.push({ event: 'rejoined', by: account })
  for (const { account: of, role } of change.roles) events.push({ event: 'role', by: account, account: of, role })
  const [was, is] = [before.details, after.details]
  if (was.name !== is.name) events.push({ event: 'renamed', by: account, name: is.name })
  if (was.policy.add !== is.policy.add) events.push({ event: 'policy', by: account, add: is.policy.add })
  if (was.slowMode !== is.slowMode) events.push({ event: 'slowMode', by: account, seconds: is.slowMode ?? 0 })
  if (was.timer !== is.timer) events.push({ event: 'timer', by: account, seconds: is.timer ?? 0 })
  if (was.history !== is.history) events.push({ event: 'history', by: account, count: is.history ?? 0 })
  if (is.links.length > was.links.length) events.push({ event: 'linkMade', by: account })
  if (is.links.length < was.links.length) events.push({ event: 'linkRevoked', by: account })
  return events
}

/** Adds events to a group's timeline. The first one has the commit's id, so that it is there once. */
export async function addEvents(
  core: Core,
  draft: Draft,
  group: string,
  events: readonly GroupEvent[],
  { messageId, at, by }: { readonly messageId?: string; readonly at: number; readonly by: DeviceAddress },
): Promise<void> {
  const own = core.requireAccount().account
  for (const [index, event] of events.entries()) {
    const id = index === 0 && messageId !== undefined ? messageId : drawMessageId()
    const record = { id, from: by, at, state: 'received', content: null, event: event as unknown as Json } as const
    await addMessage(core, draft, group, record, own)
  }
}

/** Whether an account came by a link, or brought other devices of its own, and nobody else: so nobody tells them who is here. */
export function bringsItself({ by, change }: AppliedCommit): boolean {
  const isOwn = ({ account }: DeviceAddress) => account === by.account
  return change.add.length > 0 && change.add.every(isOwn) && !isReturn(by, change)
}

/** Where and when a commit stands. */
export const placeOf = ({ messageId, at }: CommitEntry): { messageId: string; at: number } => ({ messageId, at })

function accountsOf(devices: readonly DeviceAddress[]): string[] {
  return [...new Set(devices.map(({ account }) => account))]
}

/** Whether a device replaced its own leaf. */
function isReturn(by: DeviceAddress, { add, remove }: GroupChange): boolean {
  const isBy = ({ account, device }: DeviceAddress) => account === by.account && device === by.device
  return add.some(isBy) && remove.some(isBy)
}
