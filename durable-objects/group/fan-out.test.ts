import { describe, expect, it } from 'vitest'
import { RELAY_LIMITS } from '#protocol/relay-limits.ts'
import type { DeviceAddress } from '#protocol/primitives.ts'
import { FanOut } from './fan-out.ts'
import { Group } from './group.ts'
import type { Load } from './lanes.ts'
import { Owed } from './owed.ts'
import type { FanOutOutcome, FanOutTarget } from './rpc.ts'
import { withoutStragglers } from './stragglers.ts'
import { commit, messageOf, newDevice, newGroup } from './testing/groups.ts'

/** Relays that take what they get, unless told otherwise. */
class Relays {
  readonly calls: { account: string; devices: readonly number[]; seqs: readonly number[]; isUrgent: boolean }[] = []
  readonly away = new Set<string>()
  readonly failing = new Set<string>()
  readonly shards: number[] = []
  /** Calls to this account wait until it resolves. */
  slow: { account: string; until: Promise<void> } | undefined
  time = 0

  readonly ports = {
    toAccount: (target: FanOutTarget, load: Load) => this.#take(target, load),
    toShard: async (shard: number, targets: readonly FanOutTarget[], load: Load) => {
      this.shards.push(shard)
      const calls = targets.map((target) => this.#take(target, load))
      const outcomes = await withoutStragglers(calls, { after: 5, atMost: 1 })
      return targets.map(({ account }, at) => outcomes[at] ?? { account, late: true as const })
    },
    now: () => this.time,
  }

  /** Seqs that an account was pushed; 0 for being told to look. */
  seqsOf(account: string): readonly number[] {
    return this.calls.filter((call) => call.account === account).flatMap(({ seqs }) => (seqs.length > 0 ? seqs : [0]))
  }

  /** Of an account's calls, which were urgent. */
  urgencies(account: string): readonly boolean[] {
    return this.calls.filter((call) => call.account === account).map(({ isUrgent }) => isUrgent)
  }

  async #take({ account, devices }: FanOutTarget, { entries, isUrgent }: Load): Promise<FanOutOutcome> {
    if (this.slow?.account === account) await this.slow.until
    this.calls.push({ account, devices, seqs: entries.map(({ seq }) => seq), isUrgent })
    if (this.failing.has(account)) return { account, failed: true }
    return { account, away: this.away.has(account) ? [...devices] : [] }
  }
}

function groupOf(count: number) {
  const { sql, group, owner } = newGroup()
  const members: DeviceAddress[] = Array.from({ length: count }, () => newDevice())
  for (let at = 0; at < count; at += 100) commit(group, owner, { add: members.slice(at, at + 100) })
  group.fanned(group.log.head)
  for (const member of members) group.page(member, group.log.head)
  const relays = new Relays()
  const fanOut = new FanOut(group, new Owed(sql), relays.ports)
  return { sql, group, owner, members, relays, fanOut, head: group.log.head }
}

const say = (group: Group) => group.append([messageOf(group)], 1)
const shout = (group: Group) => group.append([messageOf(group, { urgent: true })], 1)

describe('members', () => {
  it('T-10: get each entry once and in order, however many come while a call is under way', async () => {
    const { group, owner, members, relays, fanOut, head } = groupOf(3)
    const [ann] = members as [DeviceAddress]
    const { promise, resolve } = Promise.withResolvers<void>()
    relays.slow = { account: ann.account, until: promise }
    const pushes = [1, 2, 3, 4].map(() => fanOut.push(say(group)))
    expect(fanOut.isDone).toBe(false)
    resolve()
    await Promise.all(pushes)
    for (const { account } of [owner, ...members]) {
      expect(relays.seqsOf(account)).toEqual([1, 2, 3, 4].map((at) => head + at))
    }
    expect(relays.calls.filter(({ account }) => account === ann.account)).toHaveLength(2)
    expect(fanOut.isDone).toBe(true)
  })

  it('T-15: a relay that does not answer delays nobody else', async () => {
    const { group, owner, members, relays, fanOut, head } = groupOf(3)
    const [ann] = members as [DeviceAddress]
    relays.slow = { account: ann.account, until: new Promise(() => undefined) }
    void fanOut.push(say(group))
    void fanOut.push(say(group))
    await new Promise((resolve) => setTimeout(resolve, 0))
    for (const { account } of [owner, ...members.slice(1)]) expect(relays.seqsOf(account)).toEqual([head + 1, head + 2])
    expect(fanOut.isDone).toBe(false)
  })

  it('T-15: a relay that failed is skipped, and left news when it answers again, with growing pauses', async () => {
    const { sql, group, members, relays, fanOut, head } = groupOf(2)
    const [ann] = members as [DeviceAddress]
    relays.failing.add(ann.account)
    await fanOut.push(say(group))
    await fanOut.push(say(group))
    expect(relays.seqsOf(ann.account)).toEqual([head + 1])
    relays.time = 5_000
    await fanOut.settleOwed()
    relays.time = 14_999
    await fanOut.settleOwed()
    expect(relays.seqsOf(ann.account)).toEqual([head + 1, 0])
    relays.failing.clear()
    // After a new start of the object.
    const again = new FanOut(group, new Owed(sql), relays.ports)
    relays.time = 15_000
    await again.settleOwed()
    expect(relays.seqsOf(ann.account)).toEqual([head + 1, 0, 0])
  })

  it('T-11: those who are away cost one call, until they fetch', async () => {
    const { group, members, relays, fanOut, head } = groupOf(2)
    const [ann] = members as [DeviceAddress]
    relays.away.add(ann.account)
    await fanOut.push(say(group))
    await fanOut.push(say(group))
    await fanOut.push(say(group))
    expect(relays.seqsOf(ann.account)).toEqual([head + 1])
    relays.away.clear()
    group.page(ann, head)
    await fanOut.push(say(group))
    expect(relays.seqsOf(ann.account)).toEqual([head + 1, head + 4])
  })

  it('T-17: those who are away are told once of what is urgent, again an hour later, and anew once they have fetched', async () => {
    const { sql, group, members, relays, fanOut, head } = groupOf(2)
    const [ann, ben] = members as [DeviceAddress, DeviceAddress]
    relays.away.add(ann.account)
    await fanOut.push(say(group))
    await fanOut.push(shout(group))
    await fanOut.push(shout(group))
    await fanOut.push(say(group))
    expect([relays.seqsOf(ann.account), relays.urgencies(ann.account)]).toEqual([
      [head + 1, 0],
      [false, true],
    ])
    expect(relays.urgencies(ben.account)).toEqual([false, true, true, false])
    // After a new start of the object too.
    group.tidy(2_000)
    const started = new Group(sql)
    const again = new FanOut(started, new Owed(sql), relays.ports)
    relays.time = RELAY_LIMITS.groupUrgentEvery - 1
    await again.push(shout(started))
    expect(relays.urgencies(ann.account)).toEqual([false, true])
    relays.time = RELAY_LIMITS.groupUrgentEvery
    await again.push(say(started))
    expect(relays.urgencies(ann.account)).toEqual([false, true])
    await again.push(shout(started))
    expect(relays.urgencies(ann.account)).toEqual([false, true, true])
    // There, and away again: with the entry that is urgent itself, which is told of by that.
    started.page(ann, started.log.head)
    await again.push(shout(started))
    await again.push(shout(started))
    expect(relays.urgencies(ann.account)).toEqual([false, true, true, true])
  })

  it('T-17: of many messages at once, one call tells who is away; who left, or was removed, is not told', async () => {
    const { group, owner, members, relays, fanOut } = groupOf(3)
    const [ann, ben, cleo] = members as [DeviceAddress, DeviceAddress, DeviceAddress]
    for (const { account } of members) relays.away.add(account)
    await fanOut.push(say(group))
    group.leave(ben)
    await fanOut.push([commit(group, owner, { remove: [cleo] })])
    const { promise, resolve } = Promise.withResolvers<void>()
    relays.slow = { account: ann.account, until: promise }
    const pushes = [1, 2, 3].map(() => fanOut.push(shout(group)))
    resolve()
    await Promise.all(pushes)
    expect(relays.urgencies(ann.account)).toEqual([false, true])
    expect(relays.urgencies(ben.account)).toEqual([false])
    expect(relays.urgencies(cleo.account)).toEqual([false])
  })

  it('T-17: a relay that failed is told of what was urgent when it answers again, over a new start too', async () => {
    const { sql, group, members, relays, fanOut } = groupOf(2)
    const [ann, ben] = members as [DeviceAddress, DeviceAddress]
    for (const { account } of members) relays.failing.add(account)
    await fanOut.push(say(group))
    await fanOut.settleOwed()
    relays.time = 5_000
    await fanOut.settleOwed()
    expect([relays.urgencies(ann.account), relays.urgencies(ben.account)]).toEqual([
      [false, false],
      [false, false],
    ])
    await fanOut.push(shout(group))
    relays.failing.clear()
    relays.time = 60_000
    await new FanOut(group, new Owed(sql), relays.ports).settleOwed()
    expect([relays.urgencies(ann.account).at(-1), relays.urgencies(ben.account).at(-1)]).toEqual([true, true])
  })

  it('T-11: one that fetches while it is found away goes on being pushed to', async () => {
    const { group, members, relays, fanOut, head } = groupOf(1)
    const [ann] = members as [DeviceAddress]
    const { promise, resolve } = Promise.withResolvers<void>()
    relays.away.add(ann.account)
    relays.slow = { account: ann.account, until: promise }
    const pushing = fanOut.push(say(group))
    group.page(ann, head)
    resolve()
    await pushing
    await fanOut.push(say(group))
    expect(relays.seqsOf(ann.account)).toEqual([head + 1, head + 2])
  })
})

describe('commits', () => {
  it('T-5: who is added is told to look; T-9: who is removed gets the commit that says so, and nothing after', async () => {
    const { group, owner, members, relays, fanOut, head } = groupOf(1)
    const [ann] = members as [DeviceAddress]
    const bob = newDevice()
    await fanOut.push([commit(group, owner, { add: [bob], remove: [ann] })])
    await fanOut.push(say(group))
    expect(relays.seqsOf(ann.account)).toEqual([head + 1])
    expect(relays.seqsOf(bob.account)).toEqual([0, head + 2])
  })
})

describe('a large group', () => {
  it('is pushed through intermediate objects, each with at most some of the accounts, and each member gets each entry once', async () => {
    const { group, members, relays, fanOut, head } = groupOf(350)
    await fanOut.push(say(group))
    await fanOut.push(say(group))
    for (const { account } of members) expect(relays.seqsOf(account)).toEqual([head + 1, head + 2])
    expect(new Set(relays.shards)).toEqual(new Set([0, 1, 2, 3]))
    expect(relays.shards).toHaveLength(8)
  })

  it('T-15: has no member wait for one that shares an intermediate object with it, and answers late', async () => {
    const { group, members, relays, fanOut, head } = groupOf(350)
    const [ann] = members as [DeviceAddress]
    const { promise, resolve } = Promise.withResolvers<void>()
    relays.slow = { account: ann.account, until: promise }
    await Promise.all([1, 2, 3].map(() => fanOut.push(say(group))))
    const calls = relays.shards.length
    await fanOut.push(say(group))
    for (const { account } of members.slice(1)) {
      expect(relays.seqsOf(account)).toEqual([1, 2, 3, 4].map((at) => head + at))
    }
    expect(relays.shards).toHaveLength(calls + 4)
    expect(relays.seqsOf(ann.account)).toEqual([])
    expect(fanOut.isDone).toBe(false)
    relays.time = 2_900
    resolve()
    while (!fanOut.isDone) await fanOut.push()
    // What she was late with is brought to her once more, which her devices ignore.
    expect(relays.seqsOf(ann.account)).toEqual([1, 1, 2, 3, 4].map((at) => head + at))
    // She answered late, so she stays apart; and comes back when she does no longer.
    const alone = () => relays.calls.filter(({ account }) => account === ann.account).length
    const before = alone()
    await fanOut.push(say(group))
    relays.slow = undefined
    await fanOut.push(say(group))
    expect(alone()).toBe(before + 2)
    expect(relays.seqsOf(ann.account).slice(-2)).toEqual([head + 5, head + 6])
  })

  it('of which few are connected is pushed to those alone', async () => {
    const { group, members, relays, fanOut } = groupOf(350)
    for (const { account } of members.slice(10)) relays.away.add(account)
    await fanOut.push(say(group))
    relays.calls.length = 0
    await fanOut.push(say(group))
    // Ten members and the owner.
    expect(relays.calls).toHaveLength(11)
  })
})

it('what a crash interrupted is pushed again', async () => {
  const { sql, group, members, relays, head } = groupOf(2)
  const [ann] = members as [DeviceAddress]
  say(group)
  say(group)
  const reopened = new Group(sql)
  const fanOut = new FanOut(reopened, new Owed(sql), relays.ports)
  expect(fanOut.isDone).toBe(false)
  await fanOut.push()
  expect(relays.seqsOf(ann.account)).toEqual([head + 1, head + 2])
  expect(fanOut.isDone).toBe(true)
})
