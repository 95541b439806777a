/** What members say to a commit. */

import type { CommitEntry } from '#protocol/groups/entries.ts'
import { type Directory, TestDevice, handedOut, randomId } from './device.ts'
import { type TestMember, refusalsOf } from './member.ts'

/** `taken`, or why not; then the member's state has to be the same as before. */
export async function verdict(member: TestMember, entry: CommitEntry): Promise<string> {
  const before = member.state
  const [refused] = refusalsOf([await member.take(entry)])
  if (refused === undefined) return 'taken'
  if (member.state !== before) throw new Error('refused, and changed something')
  return refused
}

/** A device that nobody has added yet, with a package of it. */
export async function stranger(directory: Directory) {
  const device = await TestDevice.create(directory, randomId(), 1)
  return { device, foreign: await handedOut(device, await device.package(1)) }
}
