/** A device that lost its state, or fell behind the log, joins again (SPEC, I-6). */

import { describe, expect, it } from 'vitest'
import { fromBase64url, toBase64url } from '#protocol/bytes.ts'
import { NO_CHANGE } from '#protocol/groups/change.ts'
import { offerRejoin } from './box.ts'
import { membersIn, roleOf } from './group-state.ts'
import { isRefusal } from './refusal.ts'
import { Directory, TestDevice, must, randomId } from './testing/device.ts'
import { forgeExternal } from './testing/forge-external.ts'
import { aliceBobCarol } from './testing/group.ts'
import { joinWith, textsOf } from './testing/member.ts'
import { verdict } from './testing/verdict.ts'

describe('a device that lost its state', () => {
  it('replaces its own leaf by a member’s offer, without a link, and keeps its role (I-6)', async () => {
    const { alice, bob, carol, relay } = await aliceBobCarol()
    await alice.change({ roles: [{ account: bob.device.address.account, role: 'admin' }] })
    await carol.read()
    const { box, secret } = await offerRejoin(carol.state)
    const { group, suite } = carol.state
    const again = must(await joinWith(bob.device, relay, { group, suite, secret, box }))
    await again.say('back')
    expect(textsOf(await alice.read())).toEqual(['back'])
    expect(roleOf(again.state, bob.device.address.account)).toBe('admin')
    // The former state learns that it was overtaken.
    expect((await bob.read()).at(-1)).toMatchObject({ kind: 'removed', by: bob.device.address })
  })

  it('is the only one whom an offer lets in', async () => {
    const { bob, relay, directory } = await aliceBobCarol()
    const dave = await TestDevice.create(directory, randomId(), 1)
    const { box, secret } = await offerRejoin(bob.state)
    const { group, suite } = bob.state
    const result = await joinWith(dave, relay, { group, suite, secret, box })
    expect(isRefusal(result) && result.refused).toBe('linkInvalid')
    expect(await verdict(bob, await forgeExternal(bob, dave, { proofOf: secret }))).toBe('notAllowed')
  })

  it('is not declared overtaken by its own commit with any octet changed', async () => {
    const { alice, bob } = await aliceBobCarol()
    const removed = membersIn(bob.state).find(bob.device.address)?.leaf ?? -1
    const said = { ...NO_CHANGE, add: [bob.device.address], remove: [bob.device.address] }
    const entry = await forgeExternal(alice, bob.device, { removed, said })
    const octets = fromBase64url(entry.body)
    for (let at = 0; at < octets.length - 40; at += 31) {
      const body = toBase64url(octets.with(at, (octets[at] ?? 0) ^ 4))
      expect(await bob.take({ ...entry, body })).toHaveProperty('refused')
    }
    expect(await bob.take(entry)).toMatchObject({ kind: 'removed', by: bob.device.address })
  })

  it('is not declared overtaken by somebody else’s commit in its name', async () => {
    const { alice, bob } = await aliceBobCarol()
    const removed = membersIn(bob.state).find(bob.device.address)?.leaf ?? -1
    const said = { ...NO_CHANGE, add: [bob.device.address], remove: [bob.device.address] }
    const { account, device } = bob.device.address
    // The forger has another key under the name of bob's device.
    const posing = await TestDevice.create(new Directory(), account, device)
    const entry = await forgeExternal(alice, posing, { removed, said })
    expect(await verdict(bob, entry)).toBe('credentialInvalid')
  })
})
