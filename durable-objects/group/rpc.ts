/** What the edge and other objects say to a GroupRelay. Arguments were parsed by a schema before they came here. */

import type * as v from 'valibot'
import type { GroupSuite } from '#protocol/groups/entries.ts'
import type { GroupPolicy } from '#protocol/groups/roles.ts'
import type { commitToGroup, fetchGroup, offerRejoin, openGroupLink, sendToGroup } from '#protocol/http/groups.ts'
import type { DeviceAddress } from '#protocol/primitives.ts'
import type { Result } from '../user/relay.ts'
import type { Load } from './lanes.ts'

/** Every call names the group, because an object cannot read its own name, and carries the request's correlation id. */
export interface GroupCall {
  readonly group: string
  readonly correlationId: string
}

/** A call by a device that the edge has authenticated. */
export interface MemberCall extends GroupCall {
  readonly by: DeviceAddress
}

export interface CreateGroupCall extends MemberCall {
  readonly suite: GroupSuite
  readonly sendKey: string
  readonly policy: GroupPolicy
}

export type CommitRequest = Omit<v.InferOutput<typeof commitToGroup.request>, 'group'>
export type CommitAnswer = v.InferInput<typeof commitToGroup.response>
export type GroupSend = v.InferOutput<typeof sendToGroup.request>['messages'][number]
export type GroupSendAnswer = v.InferInput<typeof sendToGroup.response>
export type GroupPage = v.InferInput<typeof fetchGroup.response>
export type RejoinOffer = Omit<v.InferOutput<typeof offerRejoin.request>, 'group'>
export type LinkTarget = v.InferInput<typeof openGroupLink.response>

export interface GroupRelayCalls {
  create(call: CreateGroupCall): Promise<Result<{ epoch: number }>>
  commit(call: MemberCall & { readonly commit: CommitRequest }): Promise<Result<CommitAnswer>>
  /** By anybody who has the epoch's sending key: nobody is named. */
  send(call: GroupCall & { readonly messages: readonly GroupSend[] }): Promise<Result<GroupSendAnswer>>
  fetchEntries(
    call: MemberCall & { readonly after: number; readonly limit: number | undefined },
  ): Promise<Result<GroupPage>>
  leave(call: MemberCall): Promise<Result<true>>
  openLink(call: MemberCall & { readonly link: string }): Promise<Result<LinkTarget>>
  offerRejoin(call: MemberCall & { readonly offer: RejoinOffer }): Promise<Result<true>>
  /** How far a device has the log, durably. What does not fit the log or the members is ignored. */
  acknowledge(call: MemberCall & { readonly upTo: number }): Promise<void>
}

/** Some accounts of a group, each with its devices that are members. */
export interface FanOutTarget {
  readonly account: string
  readonly devices: readonly number[]
}

/** Entries for members, by ascending seq and without holes. */
export interface FanOutCall extends GroupCall, Load {
  readonly targets: readonly FanOutTarget[]
}

/** A message outside the log, for members. */
export interface PassCall extends GroupCall {
  readonly targets: readonly FanOutTarget[]
  readonly item: { readonly messageId: string; readonly at: number; readonly body: string }
}

/** What became of one target: its devices that were not connected and were left news; or that its relay did not answer. */
export type FanOutOutcome =
  { readonly account: string; readonly away: readonly number[] } | { readonly account: string; readonly failed: true }

/** What an intermediate object says of one target: it may be that it did not wait for it. */
export type ShardOutcome = FanOutOutcome | { readonly account: string; readonly late: true }

/** An intermediate object of a large group's fan-out. It keeps nothing. */
export interface GroupFanOutCalls {
  deliver(call: FanOutCall): Promise<readonly ShardOutcome[]>
  pass(call: PassCall): Promise<void>
}
