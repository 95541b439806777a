/** What one message costs, as `docs/group-walk.md` says it: rows and calls, counted over a group and its members' relays. */

import { describe, expect, it } from 'vitest'
import type { DeviceAddress } from '#protocol/primitives.ts'
import type { PushTarget } from '#protocol/push.ts'
import { type TestAccount, testAccount } from '../testing/accounts.ts'
import { nodeSql } from '../testing/node-sql.ts'
import { TestSocket, relayFor } from '../testing/relays.ts'
import type { Relay } from '../user/relay.ts'
import { FanOut } from './fan-out.ts'
import type { Group } from './group.ts'
import { Owed } from './owed.ts'
import { commit, messageOf, newGroup } from './testing/groups.ts'

const NOW = 1_000
const TARGET: PushTarget = { kind: 'fcm', token: 'a'.repeat(16) }

/** A member's account with its relay, and a socket as long as it is connected. */
class Member {
  readonly address: DeviceAddress
  readonly sql = nodeSql()
  readonly relay: Relay
  socket: TestSocket | undefined

  constructor(account: TestAccount) {
    this.address = { account: account.id, device: 1 }
    this.relay = relayFor(account, this.sql)
  }

  connect(): void {
    this.socket = new TestSocket(this.relay, 1)
    this.socket.hello(this.relay)
  }

  /** The socket ends, with everything acknowledged that was pushed to it. */
  leave({ id, log }: Group): void {
    if (this.socket === undefined) return
    this.relay.groups.acknowledge(
      this.socket.session,
      { type: 'groupAck', cursors: [{ group: id, upTo: log.head }] },
      NOW,
    )
    this.relay.detach(this.socket.session)
    this.socket = undefined
  }

  get rows(): number {
    return rowsOf(this.sql)
  }
}

/** Rows that were inserted, changed or deleted since the storage was opened. */
const rowsOf = (sql: ReturnType<typeof nodeSql>): number =>
  sql.exec<{ n: number }>('SELECT total_changes() AS n')[0]?.n ?? 0

async function groupOf(count: number) {
  const sql = nodeSql()
  const { group, owner } = newGroup(sql)
  const members = (await Promise.all(Array.from({ length: count }, () => testAccount()))).map(
    (account) => new Member(account),
  )
  commit(group, owner, { add: members.map(({ address }) => address) })
  group.leave(owner)
  for (const member of members) {
    member.connect()
    group.page(member.address, group.log.head)
  }
  group.fanned(group.log.head)
  group.tidy(1_000)
  const byAccount = new Map(members.map((member) => [member.address.account, member]))
  let calls = 0
  const fanOut = new FanOut(group, new Owed(sql), {
    toAccount: ({ account, devices }, { entries, isUrgent }) => {
      calls += 1
      const { groups } = byAccount.get(account)?.relay ?? {}
      const away = groups?.deliver(group.id, devices, entries, isUrgent ? NOW : undefined) ?? []
      return Promise.resolve({ account, away })
    },
    toShard: () => Promise.reject(new Error('so small a group has none')),
    now: () => NOW,
  })
  /** Rows and calls of something, at each kind of object. */
  const costOf = async (work: () => Promise<void>) => {
    const before = { group: rowsOf(sql), members: members.map(({ rows }) => rows), calls }
    await work()
    return {
      group: rowsOf(sql) - before.group,
      members: members.map(({ rows }, at) => rows - (before.members[at] ?? 0)),
      calls: calls - before.calls,
    }
  }
  const say = (urgent = false) => fanOut.push(group.append([messageOf(group, { urgent })], NOW))
  return { group, members, fanOut, say, costOf }
}

describe('a message', () => {
  it('T-10, T-11: costs one row and one call for each connected account; whoever went away costs a row once', async () => {
    const { group, members, say, costOf } = await groupOf(9)
    // Connected: 4. Away before the message: 2. Going away with it: 3.
    for (const member of members.slice(7)) member.leave(group)
    await say()
    for (const member of members.slice(4, 7)) member.leave(group)
    const first = await costOf(() => say())
    expect(first).toEqual({ group: 1, calls: 4 + 3, members: [0, 0, 0, 0, 1, 1, 1, 0, 0] })
    expect(await costOf(() => say())).toEqual({ group: 1, calls: 4, members: members.map(() => 0) })
  })

  it('T-17: that is urgent costs who is connected nothing more; who is away and can be woken, a row and when to wake it, once', async () => {
    const { group, members, say, costOf } = await groupOf(5)
    // Connected: 3, of which one can be woken. Away before the message: 2, of which one can be woken.
    for (const member of [members[2], members[4]]) member?.relay.setPushTarget(1, TARGET)
    for (const member of members.slice(3)) member.leave(group)
    await say()
    const urgent = () => say(true)
    expect(await costOf(urgent)).toEqual({ group: 1, calls: 3 + 2, members: [0, 0, 0, 0, 2] })
    expect(await costOf(urgent)).toEqual({ group: 1, calls: 3, members: members.map(() => 0) })
  })

  it('leaves to the next alarm what was in memory: how far pushing came, a row for each device that went away, and deletions', async () => {
    const { group, members, say, costOf } = await groupOf(4)
    await say()
    for (const member of members.slice(2)) member.leave(group)
    await say()
    const alarm = async () => {
      group.fanned(group.log.head)
      group.tidy(2_000)
      return Promise.resolve()
    }
    expect(await costOf(alarm)).toMatchObject({ group: 1 + 2, calls: 0 })
    expect(await costOf(alarm)).toMatchObject({ group: 0, calls: 0 })
    for (const { address } of members) group.reported(address, group.log.head)
    // Both messages, a row of each device's position, and one of where the log begins.
    expect((await costOf(alarm)).group).toBe(2 + 4 + 1)
  })
})
