/** Who tells newcomers the names of the others, and when. */

import { describe, expect, it } from 'vitest'
import { groupOf } from '../../mls/testing/group.ts'
import type { TestMember } from '../../mls/testing/member.ts'
import type { Timers } from '../../transport/timers.ts'
import { Greeter, greetingDelay } from './greeter.ts'
import { Introductions } from './introductions.ts'
import { GroupOutbox } from './outbox.ts'
import { memberProfileKey, memberProfileRecord } from './records.ts'
import { GroupCore } from './testing/group-core.ts'

/** Time that passes when it is told to. */
class Clock implements Timers {
  #now = 1_000_000
  readonly #timers = new Map<object, { readonly at: number; readonly callback: () => void }>()

  readonly now = () => this.#now
  readonly set = (callback: () => void, delayMs: number) => {
    const handle = {}
    this.#timers.set(handle, { at: this.#now + delayMs, callback })
    return handle
  }
  readonly clear = (handle: unknown) => void this.#timers.delete(handle as object)

  pass(ms: number): void {
    this.#now += ms
    for (const [handle, { at, callback }] of this.#timers) {
      if (at > this.#now) continue
      this.#timers.delete(handle)
      callback()
    }
  }
}

/** A member's device that knows how the first of the accounts are called. */
async function greeterOf(member: TestMember, accounts: readonly string[], known: number, clock = new Clock()) {
  const device = await GroupCore.of(member, { timers: clock, random: () => 0.5 })
  const { core, book } = await device.open()
  const outbox = new GroupOutbox(core)
  await core.transact((draft) => {
    for (const account of accounts.slice(0, known)) {
      draft.put(memberProfileRecord, memberProfileKey(account), { name: `Name of ${account}`, isOwn: true })
    }
    return Promise.resolve()
  })
  const greeter = new Greeter(core, book, new Introductions(core, book, outbox))
  const settled = async () => {
    for (let turn = 0; turn < 3; turn += 1) {
      await core.serial.idle()
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  return {
    came: () => (greeter.came(device.group), settled()),
    told: () => greeter.told(device.group),
    pass: (ms: number) => (clock.pass(ms), settled()),
    sent: () => outbox.waiting(device.group).map(({ item }) => item.content as unknown),
  }
}

async function founded(accounts: number) {
  const { members } = await groupOf(accounts)
  return { members, accounts: members.map(({ device }) => device.address.account) }
}

describe('newcomers are told who is here', () => {
  it('in one message with all names, by the first of the group', async () => {
    const { members, accounts } = await founded(4)
    const [owner, second] = members as [TestMember, TestMember]
    const [first, other] = [await greeterOf(owner, accounts, 4), await greeterOf(second, accounts, 4)]
    for (const device of [first, other]) {
      await device.came()
      await device.pass(2_500)
    }
    const profiles = accounts.map((account, at): object => ({ account, name: at === 0 ? 'Ada' : `Name of ${account}` }))
    expect(first.sent()).toEqual([{ kind: 'groupProfiles', profiles }])
    // The second would answer now, and has seen that the first did.
    other.told()
    await other.pass(600_000)
    expect(other.sent()).toEqual([])
  })

  it('by the second, where the first is away', async () => {
    const { members, accounts } = await founded(3)
    const second = await greeterOf(members[1] as TestMember, accounts, 3)
    await second.came()
    await second.came()
    await second.pass(2_900)
    expect(second.sent()).toEqual([])
    await second.pass(2_900)
    expect(second.sent()).toHaveLength(1)
  })

  it('not by those who know few names, or are alone', async () => {
    const { members, accounts } = await founded(6)
    const [knowing, unknowing] = [3, 2].map((known) => greeterOf(members[0] as TestMember, accounts, known))
    const alone = greeterOf((await founded(1)).members[0] as TestMember, [], 0)
    for (const device of await Promise.all([knowing, unknowing, alone])) {
      await device?.came()
      await device?.pass(600_000)
    }
    expect((await knowing)?.sent()).toHaveLength(1)
    expect((await unknowing)?.sent()).toEqual([])
    expect((await alone).sent()).toEqual([])
  })

  it('no more often than once in half a minute, however many come', async () => {
    const { members, accounts } = await founded(3)
    const device = await greeterOf(members[0] as TestMember, accounts, 3)
    for (let minute = 0; minute < 10; minute += 0.25) {
      await device.came()
      await device.pass(15_000)
    }
    expect(device.sent().length).toBeGreaterThan(10)
    expect(device.sent().length).toBeLessThanOrEqual(20)
  })
})

it('each of the first devices has its own time, and all others answer over minutes', () => {
  for (let position = 0; position < 40; position += 1) {
    const [earliest, latest] = [greetingDelay(position, 0), greetingDelay(position, 0.999)]
    if (position < 20) expect(greetingDelay(position + 1, 0) - latest).toBeGreaterThan(1_500)
    else expect([earliest, Math.round(latest / 1_000)]).toEqual([60_000, 300])
  }
})
