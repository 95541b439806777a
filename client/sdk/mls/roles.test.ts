/** Who may change what, as members judge it (SPEC, U-3). */

import { describe, expect, it } from 'vitest'
import { utf8 } from '#protocol/bytes.ts'
import { DETAILS_EXTENSION, type GroupDetails } from '#protocol/groups/details.ts'
import type { GroupRole } from '#protocol/groups/roles.ts'
import { newLink } from './box.ts'
import { REQUIRED_CAPABILITIES } from './config.ts'
import { detailsOf, roleOf, withLeaver } from './group-state.ts'
import { handedOut, randomId } from './testing/device.ts'
import { adding, forge, removing, setting } from './testing/forge.ts'
import { aliceBobCarol } from './testing/group.ts'
import { stranger, verdict } from './testing/verdict.ts'

/** As they stand in the group context, whatever they are. */
function rawDetails(details: GroupDetails) {
  return { extensionType: DETAILS_EXTENSION, extensionData: utf8(JSON.stringify(details)) }
}

describe('U-3: who may change what', () => {
  it('refuses a removal by a member without that role', async () => {
    const { bob, carol, alice } = await aliceBobCarol()
    expect(await verdict(alice, await forge(bob, [removing(bob, carol)]))).toBe('notAllowed')
  })

  it('refuses an addition by a member without that role', async () => {
    const { alice, bob, directory } = await aliceBobCarol()
    const { foreign } = await stranger(directory)
    expect(await verdict(alice, await forge(bob, [adding(foreign)]))).toBe('notAllowed')
  })

  it('refuses that a member makes itself an owner, renames the group, or opens a way in', async () => {
    const { alice, bob } = await aliceBobCarol()
    const details = detailsOf(alice.state)
    const { account } = bob.device.address
    const attempts = [
      { ...details, roles: [...details.roles, { account, role: 'owner' as const }] },
      { ...details, name: 'mine' },
      { ...details, policy: { add: 'member' as const } },
    ]
    for (const attempt of attempts)
      expect(await verdict(alice, await forge(bob, [setting(attempt)]))).toBe('notAllowed')
  })

  it('refuses a role of somebody who is no member', async () => {
    const { alice, bob } = await aliceBobCarol()
    const details = detailsOf(alice.state)
    const attempt = { ...details, roles: [...details.roles, { account: randomId(), role: 'owner' as const }] }
    expect(await verdict(bob, await forge(alice, [setting(attempt)]))).toBe('commitInvalid')
  })

  it('refuses details that are not as ours are: an untrue link, roles in disorder, twice, or none', async () => {
    const { alice, bob, carol } = await aliceBobCarol()
    const details = detailsOf(alice.state)
    const [owner] = details.roles
    const [low = '', high = ''] = [bob.device.address.account, carol.device.address.account].sort()
    const roled = (account: string, role: GroupRole) => ({ account, role })
    const attempts: GroupDetails[] = [
      { ...details, links: [{ ...newLink(), secret: newLink().secret }] },
      { ...details, roles: owner === undefined ? [] : [owner, owner] },
      { ...details, roles: [roled(high, 'admin'), roled(low, 'admin')] },
      { ...details, roles: [roled(low, 'member')] },
    ]
    for (const attempt of attempts) {
      const extensions = [REQUIRED_CAPABILITIES, rawDetails(attempt)]
      const entry = await forge(alice, [
        { proposalType: 'group_context_extensions', groupContextExtensions: { extensions } },
      ])
      expect(await verdict(bob, entry)).toBe('commitInvalid')
    }
  })

  it('refuses that a removed account keeps its role', async () => {
    const { alice, bob, carol } = await aliceBobCarol()
    await alice.change({ roles: [{ account: carol.device.address.account, role: 'moderator' }] })
    await bob.read()
    expect(await verdict(bob, await forge(alice, [removing(alice, carol)]))).toBe('commitInvalid')
    await alice.change({ remove: [carol.device.address] })
    await bob.read()
    expect(detailsOf(bob.state).roles).toHaveLength(1)
  })

  it('lets any member remove an account that said that it leaves (U-8), and nobody else’s', async () => {
    const { alice, bob, carol } = await aliceBobCarol()
    const entry = await forge(bob, [removing(bob, carol)])
    expect(await verdict(alice, entry)).toBe('notAllowed')
    alice.state = withLeaver(alice.state, carol.device.address.account)
    expect(await verdict(alice, entry)).toBe('taken')
  })

  it('adds an account that left only after it was removed, with its role', async () => {
    const { alice, bob, carol } = await aliceBobCarol()
    const { address } = carol.device
    await alice.change({ roles: [{ account: address.account, role: 'admin' }] })
    alice.state = withLeaver(alice.state, address.account)
    const again = await handedOut(carol.device, await carol.device.package(1))
    await expect(alice.make({ remove: [address], add: [again] })).resolves.toMatchObject({ refused: 'notAllowed' })
    await alice.change({ remove: [address] })
    expect(alice.state.left).toEqual([])
    await alice.change({ add: [again] })
    bob.state = withLeaver(bob.state, address.account)
    await bob.read()
    expect(bob.state.left).toEqual([])
    expect(roleOf(bob.state, address.account)).toBe('member')
  })

  it('makes no commit that its role does not allow, or that takes out its own device', async () => {
    const { alice, bob } = await aliceBobCarol()
    await expect(bob.make({ name: 'mine' })).resolves.toMatchObject({ refused: 'notAllowed' })
    const own = { remove: [alice.device.address] }
    await expect(alice.make(own)).resolves.toMatchObject({ refused: 'notAllowed' })
  })

  it('leaves it to older members whether an account had said that it leaves before this device came', async () => {
    const { alice, bob, carol, directory } = await aliceBobCarol()
    const [dave] = await alice.add((await stranger(directory)).device)
    await Promise.all([bob.read(), carol.read()])
    const entry = await forge(bob, [removing(bob, carol)])
    expect(await verdict(alice, entry)).toBe('notAllowed')
    expect(dave === undefined ? '' : await verdict(dave, entry)).toBe('taken')
  })
})
