/** A group to begin a test with. */

import type { GroupSuite } from '#protocol/groups/entries.ts'
import { Directory, TestDevice, handedOut, randomId } from './device.ts'
import { TestMember } from './member.ts'
import { TestRelay } from './relay.ts'

export interface TestGroup {
  readonly directory: Directory
  readonly relay: TestRelay
  /** By leaf. The first founded the group; all have read everything. */
  readonly members: readonly TestMember[]
}

/** Accounts with so many devices each, all of them members. */
export async function groupOf(accounts: number, devicesEach = 1, suite: GroupSuite = 1): Promise<TestGroup> {
  const directory = new Directory()
  const relay = new TestRelay()
  const devices: TestDevice[] = []
  for (let account = 0; account < accounts; account += 1) {
    const id = randomId()
    for (let device = 1; device <= devicesEach; device += 1) {
      devices.push(await TestDevice.create(directory, id, device))
    }
  }
  const [first, ...others] = devices
  if (first === undefined) throw new Error('a group needs somebody')
  const founder = await TestMember.found(first, relay, suite)
  return { directory, relay, members: [founder, ...(others.length === 0 ? [] : await founder.add(...others))] }
}

/** Three accounts of one device, by name. */
export async function aliceBobCarol(suite: GroupSuite = 1) {
  const group = await groupOf(3, 1, suite)
  const [alice, bob, carol] = group.members
  if (alice === undefined || bob === undefined || carol === undefined) throw new Error('too few')
  return { ...group, alice, bob, carol }
}

/** A founder and a member of a group of suite 1 with so many devices: the others are in the tree, and never read. */
export async function crowdOf(devices: number, joining: number) {
  const directory = new Directory()
  const relay = new TestRelay()
  const alice = await TestMember.found(await TestDevice.create(directory, randomId(), 1), relay, 1)
  const others = await Promise.all(
    Array.from({ length: devices - 1 }, () => TestDevice.create(directory, randomId(), 1)),
  )
  const packages = await Promise.all(others.map((device) => device.package(1)))
  await alice.change({ add: await Promise.all(others.map((device, at) => handedOut(device, packages[at] ?? never()))) })
  const bob = await alice.welcomed(others[joining - 1] ?? never(), packages[joining - 1] ?? never())
  return { alice, bob }
}

function never(): never {
  throw new Error('unreachable')
}
