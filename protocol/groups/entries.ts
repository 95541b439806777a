/** A group's log as the relay keeps it and members read it. */

import * as v from 'valibot'
import { LIMITS } from '../limits.ts'
import { DeviceKey, MessageId, Seq, Timestamp, bytesOf, bytesUpTo, integer } from '../primitives.ts'
import { GroupChange } from './change.ts'

/** A group: 128 random bits, which are also the MLS group id. */
export const GroupId = bytesOf(16)
export type GroupId = v.InferOutput<typeof GroupId>

/** How often the group's keys changed (RFC 9420 section 8). A group starts at 0. */
export const Epoch = integer(0)

/** The ciphersuites of RFC 9420 section 17.1, and X-Wing's (private use): see SPEC, U-1. */
export const GROUP_SUITES = [1, 83] as const
export const GroupSuite = v.picklist(GROUP_SUITES)
export type GroupSuite = v.InferOutput<typeof GroupSuite>

/** An MLSMessage (RFC 9420 section 6) with application data. */
export const GroupBody = bytesUpTo(LIMITS.groupMessageBytes)
/** An MLSMessage with a commit. */
export const CommitBody = bytesUpTo(LIMITS.groupCommitBytes)

/** A commit: the group is in epoch `epoch + 1` after it. */
export const CommitEntry = v.object({
  kind: v.literal('commit'),
  seq: Seq,
  at: Timestamp,
  messageId: MessageId,
  /** The epoch that it was made in. */
  epoch: Epoch,
  body: CommitBody,
  change: GroupChange,
  /** Public key under which the next epoch's messages are signed. */
  sendKey: DeviceKey,
})
export type CommitEntry = v.InferOutput<typeof CommitEntry>

/** An application message. Nothing here says which member wrote it. */
export const MessageEntry = v.object({
  kind: v.literal('message'),
  seq: Seq,
  at: Timestamp,
  messageId: MessageId,
  epoch: Epoch,
  body: GroupBody,
})
export type MessageEntry = v.InferOutput<typeof MessageEntry>

export const GroupEntry = v.variant('kind', [CommitEntry, MessageEntry])
export type GroupEntry = v.InferOutput<typeof GroupEntry>
