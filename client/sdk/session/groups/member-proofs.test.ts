import { beforeEach, describe, expect, it } from 'vitest'
import type { DeviceList } from '#protocol/device-list.ts'
import { toBase64url } from '#protocol/bytes.ts'
import { aliceBobCarol } from '../../mls/testing/group.ts'
import type { TestMember } from '../../mls/testing/member.ts'
import { GroupCore } from './testing/group-core.ts'
import { type MemberLog, MemberProofs } from './member-proofs.ts'

/** A key log that shows what a test says, and notes what it is asked. */
class TestLog implements MemberLog {
  /** By account: the list that the log shows, or that there is none. */
  readonly lists = new Map<string, DeviceList | 'absent'>()
  isThere = true
  readonly wanted: string[] = []
  readonly looked: string[] = []
  readonly alarms: { readonly account: string; readonly device: number }[] = []
  readonly accepted = new Set<string>()
  stopped: string | undefined

  shows: MemberLog['shows'] = (_draft, account) => {
    this.looked.push(account)
    return Promise.resolve(this.isThere ? this.lists.get(account) : 'unrequired')
  }
  want = (account: string) => void this.wanted.push(account)
  stopsGroupsWith = (account: string) => account === this.stopped
  leafUnlogged: MemberLog['leafUnlogged'] = (_draft, { account, device, subject }, what) => {
    if (what === 'accepted') return Promise.resolve(this.accepted.has(subject))
    this.alarms.push({ account, device })
    this.accepted.add(subject)
    return Promise.resolve(true)
  }
}

let alice: TestMember
let bob: TestMember
let carol: TestMember
let device: GroupCore
let log: TestLog
let proofs: MemberProofs
const group = () => device.group

async function listOf({ device: member }: TestMember, other?: Uint8Array): Promise<DeviceList> {
  const { address, directory } = member
  const known = other ?? (await directory.resolve(address))
  if (!(known instanceof Uint8Array)) throw new Error('not a device')
  return {
    account: address.account,
    version: 1,
    identityKey: toBase64url(new Uint8Array(33)),
    devices: [{ id: address.device, registrationId: 1, deviceKey: toBase64url(known) }],
  }
}
const accountOf = (member: TestMember) => member.device.address.account

async function reopen(): Promise<void> {
  const { core, book } = await device.open()
  proofs = new MemberProofs(core, book, log)
}

beforeEach(async () => {
  ;({ alice, bob, carol } = await aliceBobCarol())
  device = await GroupCore.of(alice)
  log = new TestLog()
  await reopen()
})

describe('a group whose members', () => {
  it('Q-29: the log shows, may be sent to; each is asked about once, also after a restart', async () => {
    expect(await proofs.permit(group())).toBe(false)
    expect(log.wanted.toSorted()).toEqual([accountOf(bob), accountOf(carol)].toSorted())
    log.lists.set(accountOf(bob), await listOf(bob))
    expect(proofs.released(accountOf(bob))).toEqual([])
    log.lists.set(accountOf(carol), await listOf(carol))
    expect(proofs.released(accountOf(carol))).toEqual([group()])
    expect(await proofs.permit(group())).toBe(true)
    const [wanted, looked] = [log.wanted.length, log.looked.length]
    for (let message = 0; message < 5; message += 1) expect(await proofs.permit(group())).toBe(true)
    await reopen()
    log.lists.clear()
    expect(await proofs.permit(group())).toBe(true)
    expect([log.wanted.length, log.looked.length]).toEqual([wanted, looked])
  })

  it('Q-29: where there is no log, nothing is required; once there is one, it is', async () => {
    log.isThere = false
    expect(await proofs.permit(group())).toBe(true)
    log.isThere = true
    proofs.released(undefined)
    expect(await proofs.permit(group())).toBe(false)
  })

  it('Q-29: have a device that the log does not show: it is looked up again, then it is an alarm, until the user goes on', async () => {
    log.lists.set(accountOf(carol), await listOf(carol))
    // Another device than the one that is in the group, by its number or its key.
    for (const wrong of [
      { ...(await listOf(bob)), devices: [] },
      await listOf(bob, new Uint8Array(32).fill(9)),
      'absent' as const,
    ]) {
      await reopen()
      log.alarms.length = 0
      log.wanted.length = 0
      log.accepted.clear()
      log.lists.set(accountOf(bob), wrong)
      expect(await proofs.permit(group())).toBe(false)
      expect([log.wanted, log.alarms]).toEqual([[accountOf(bob)], []])
      expect(proofs.released(accountOf(bob))).toEqual([group()])
      log.accepted.clear()
      expect(await proofs.permit(group())).toBe(false)
      expect(log.alarms).toEqual([{ account: accountOf(bob), device: bob.device.address.device }])
      log.stopped = accountOf(bob)
      expect(await proofs.permit(group())).toBe(false)
      log.stopped = undefined
    }
    // The user has decided about it.
    proofs.released(undefined)
    expect(await proofs.permit(group())).toBe(true)
  })

  it('Q-29: and whose account is under an alarm, is not sent to', async () => {
    for (const member of [bob, carol]) log.lists.set(accountOf(member), await listOf(member))
    expect(await proofs.permit(group())).toBe(true)
    log.stopped = accountOf(carol)
    expect(await proofs.permit(group())).toBe(false)
  })
})
