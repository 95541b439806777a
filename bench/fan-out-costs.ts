/** What a message to a group costs in calls and rows, counted over the relay's own rules, in memory. */

import { FanOut } from '#durable-objects/group/fan-out.ts'
import { Owed } from '#durable-objects/group/owed.ts'
import type { FanOutTarget } from '#durable-objects/group/rpc.ts'
import { commit, messageOf, newDevice, newGroup } from '#durable-objects/group/testing/groups.ts'
import { nodeSql } from '#durable-objects/testing/node-sql.ts'
import { LIMITS } from '#protocol/limits.ts'

export interface FanOutCosts {
  /** Calls from object to object, those by way of intermediate objects included. */
  readonly calls: number
  /** Rows that the group writes. Its members' relays write none: `durable-objects/group/costs.test.ts`. */
  readonly rows: number
}

/** Of a message after those that found out who is away. */
export async function fanOutCosts(accounts: number, connected: number): Promise<FanOutCosts> {
  const sql = nodeSql()
  const { group, owner } = newGroup(sql)
  const others = Array.from({ length: accounts - 1 }, () => newDevice())
  for (let at = 0; at < others.length; at += LIMITS.groupDevicesPerCommit) {
    commit(group, owner, { add: others.slice(at, at + LIMITS.groupDevicesPerCommit) })
  }
  for (const device of others) group.page(device, group.log.head)
  group.fanned(group.log.head)
  group.tidy(1_000)
  const away = new Set(others.slice(connected - 1).map(({ account }) => account))
  let calls = 0
  const take = ({ account, devices }: FanOutTarget) => {
    calls += 1
    return { account, away: away.has(account) ? devices : [] }
  }
  const fanOut = new FanOut(group, new Owed(sql), {
    toAccount: (target) => Promise.resolve(take(target)),
    toShard: (_, targets) => {
      calls += 1
      return Promise.resolve(targets.map(take))
    },
    now: () => 1_000,
  })
  const rows = () => sql.exec<{ n: number }>('SELECT total_changes() AS n')[0]?.n ?? 0
  const say = () => fanOut.push(group.append([messageOf(group)], 1_000))
  await say()
  calls = 0
  const before = rows()
  await say()
  return { calls, rows: rows() - before }
}
