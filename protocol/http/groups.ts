/** A group's log over HTTP: what members and those who join do with it. */

import * as v from 'valibot'
import { ERROR_CODES } from '../errors.ts'
import { GroupChange, LinkId } from '../groups/change.ts'
import { CommitBody, Epoch, GroupBody, GroupEntry, GroupId, GroupSuite } from '../groups/entries.ts'
import { GroupPolicy } from '../groups/roles.ts'
import { LIMITS } from '../limits.ts'
import {
  DeviceAddress,
  DeviceKey,
  MessageId,
  Seq,
  Signature,
  Timestamp,
  bytesUpTo,
  integer,
  listOf,
} from '../primitives.ts'
import { route } from './route.ts'

/** A GroupInfo (RFC 9420 section 12.4.3) with the ratchet tree, encrypted under a link's secret. */
export const LinkBox = bytesUpTo(LIMITS.groupWelcomeBytes)

export const createGroup = route({
  method: 'POST',
  path: '/v1/groups',
  summary:
    'Create a group, in epoch 0, with this device as its only member and its account as owner. Repeating it is harmless.',
  authenticated: true,
  request: v.strictObject({ group: GroupId, suite: GroupSuite, sendKey: DeviceKey, policy: GroupPolicy }),
  response: v.object({ epoch: Epoch }),
  errors: ['groupTaken'],
})

export const commitToGroup = route({
  method: 'POST',
  path: '/v1/groups/commits',
  summary: 'Commit in the group’s present epoch: one commit wins each epoch. Repeating it is harmless.',
  authenticated: true,
  request: v.strictObject({
    group: GroupId,
    /** Kept on every retry of the same octets. */
    messageId: MessageId,
    epoch: Epoch,
    body: CommitBody,
    change: GroupChange,
    /** Public key of the next epoch’s messages. */
    sendKey: DeviceKey,
    /** For the added devices: an MLSMessage with a Welcome that holds the ratchet tree. */
    welcome: v.optional(bytesUpTo(LIMITS.groupWelcomeBytes)),
    /** For each link that leads into the group after this commit: the next epoch’s GroupInfo. */
    boxes: v.optional(listOf(v.strictObject({ link: LinkId, box: LinkBox }), LIMITS.groupLinks)),
    /** Of an external commit: the link that it was made by. */
    via: v.optional(LinkId),
  }),
  response: v.object({ seq: Seq, epoch: Epoch, at: Timestamp }),
  errors: [
    'groupNotFound',
    'notMember',
    'epochConflict',
    'roleInsufficient',
    'changeInvalid',
    'linkInvalid',
    'groupFull',
    'messageIdReused',
    'quotaExceeded',
  ],
  maxBytes: LIMITS.groupCommitRequestBytes,
})

export const sendToGroup = route({
  method: 'POST',
  path: '/v1/groups/messages',
  summary: 'Send to a group as one of its members, without saying which. Each message is answered by itself.',
  authenticated: false,
  anonymous: true,
  request: v.strictObject({
    group: GroupId,
    messages: listOf(
      v.strictObject({
        messageId: MessageId,
        epoch: Epoch,
        body: GroupBody,
        /** By the epoch’s sending key: SPEC, T-6. */
        proof: Signature,
        /** Pass to connected members or drop. */
        ephemeral: v.optional(v.boolean()),
        /** May wake members' sleeping devices; not signed, and members are not told. */
        urgent: v.optional(v.boolean()),
      }),
      LIMITS.groupMessagesPerSend,
      1,
    ),
  }),
  response: v.object({
    /** The group’s present epoch. */
    epoch: Epoch,
    answers: v.array(
      v.union([
        v.object({ messageId: MessageId, seq: Seq, at: Timestamp }),
        v.object({ messageId: MessageId, code: v.picklist(ERROR_CODES) }),
      ]),
    ),
  }),
  errors: ['groupNotFound', 'relayUnavailable'],
  maxBytes: LIMITS.groupSendRequestBytes,
})

export const fetchGroup = route({
  method: 'POST',
  path: '/v1/groups/entries',
  summary: 'A page of the log after a position, which acknowledges everything up to it; for a new member, its welcome.',
  authenticated: true,
  request: v.strictObject({
    group: GroupId,
    /** 0 for a device that has nothing of the group yet. */
    after: Seq,
    limit: v.optional(integer(1, LIMITS.groupPageEntries)),
  }),
  response: v.object({
    suite: GroupSuite,
    epoch: Epoch,
    /** Highest seq of the log. */
    head: Seq,
    entries: v.array(GroupEntry),
    /** Entries up to this seq are gone, and the device had not fetched them. */
    truncatedUpTo: v.optional(Seq),
    /** What the device joins by: the first entry to read is the one after `seq`, where the group was in `epoch`. */
    welcome: v.optional(v.object({ seq: Seq, epoch: Epoch, body: bytesUpTo(LIMITS.groupWelcomeBytes) })),
  }),
  errors: ['groupNotFound', 'notMember'],
})

export const leaveGroup = route({
  method: 'POST',
  path: '/v1/groups/leave',
  summary:
    'Leave a group with all devices: nothing more is delivered, and any member may remove the account. Harmless to repeat.',
  authenticated: true,
  request: v.strictObject({ group: GroupId }),
  response: v.object({}),
  errors: ['groupNotFound', 'notMember'],
})

export const openGroupLink = route({
  method: 'POST',
  path: '/v1/groups/links/open',
  summary: 'What a link leads to: the group’s encrypted GroupInfo.',
  authenticated: true,
  request: v.strictObject({ group: GroupId, link: LinkId }),
  response: v.object({ suite: GroupSuite, epoch: Epoch, seq: Seq, box: LinkBox }),
  errors: ['groupNotFound', 'linkInvalid'],
})

export const offerRejoin = route({
  method: 'POST',
  path: '/v1/groups/rejoins',
  summary: 'As a member, let one device of a member that lost its state join again in this epoch, once.',
  authenticated: true,
  request: v.strictObject({ group: GroupId, epoch: Epoch, for: DeviceAddress, link: LinkId, box: LinkBox }),
  response: v.object({}),
  errors: ['groupNotFound', 'notMember', 'epochConflict'],
  maxBytes: LIMITS.groupCommitRequestBytes,
})
