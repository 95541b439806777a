/** A group with its rules only, and members with random ids. */

import { randomBytes, toBase64url } from '#protocol/bytes.ts'
import { type GroupChange, NO_CHANGE } from '#protocol/groups/change.ts'
import type { GroupEntry } from '#protocol/groups/entries.ts'
import type { DeviceAddress } from '#protocol/primitives.ts'
import { migrate } from '../../migrations.ts'
import type { Sql } from '../../sql.ts'
import { nodeSql } from '../../testing/node-sql.ts'
import { Group } from '../group.ts'
import type { CommitRequest, GroupSend } from '../rpc.ts'
import { MIGRATIONS } from '../schema.ts'

export const randomId = (): string => toBase64url(randomBytes(16))
export const randomKey = (): string => toBase64url(randomBytes(32))
const randomBody = (): string => toBase64url(randomBytes(48))

export const newDevice = (device = 1): DeviceAddress => ({ account: randomId(), device })

/** A fresh group of one device. */
export function newGroup(sql: Sql = nodeSql()): { sql: Sql; group: Group; owner: DeviceAddress } {
  const owner = newDevice()
  migrate(sql, MIGRATIONS)
  Group.create(sql, {
    group: randomId(),
    correlationId: 'test',
    by: owner,
    suite: 1,
    sendKey: randomKey(),
    policy: { add: 'admin' },
  })
  return { sql, group: new Group(sql), owner }
}

/** A commit in the group's present epoch; its welcome is there when it adds somebody. */
export function commitOf(group: Group, change: Partial<GroupChange>, more: Partial<CommitRequest> = {}): CommitRequest {
  return {
    messageId: randomId(),
    epoch: group.epoch,
    body: randomBody(),
    change: { ...NO_CHANGE, ...change },
    sendKey: randomKey(),
    ...(change.add !== undefined && change.add.length > 0 && more.via === undefined && { welcome: randomBody() }),
    ...more,
  }
}

/** Commits, or fails the test. Answers the entry. */
export function commit(
  group: Group,
  by: DeviceAddress,
  change: Partial<GroupChange>,
  more: Partial<CommitRequest> = {},
  now = 1_000,
): GroupEntry {
  const committed = group.commit(by, commitOf(group, change, more), now)
  if (!committed.ok) throw new Error(committed.code)
  if (committed.value.entry === undefined) throw new Error('nothing was appended')
  return committed.value.entry
}

/** A message in the group's present epoch, with a signature that nobody verifies here. */
export function messageOf(group: Group, more: Partial<GroupSend> = {}): GroupSend {
  return {
    messageId: randomId(),
    epoch: group.epoch,
    body: randomBody(),
    proof: toBase64url(randomBytes(64)),
    ...more,
  }
}
