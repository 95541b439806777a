/** Commits as RFC 9420 has them, and their order. */

import { describe, expect, it } from 'vitest'
import { rebase } from './commit.ts'
import { detailsOf } from './group-state.ts'
import { must } from './testing/device.ts'
import { forge, removing } from './testing/forge.ts'
import { aliceBobCarol } from './testing/group.ts'
import { verdict } from './testing/verdict.ts'

describe('a commit', () => {
  it('refuses a commit with any octet changed', async () => {
    const { alice, bob, carol } = await aliceBobCarol()
    const entry = await forge(alice, [removing(alice, carol)])
    const octets = Buffer.from(entry.body, 'base64url')
    for (let at = 0; at < octets.length; at += 37) {
      const changed = Buffer.from(octets)
      changed[at] = (changed[at] ?? 0) ^ 0x10
      expect(await verdict(bob, { ...entry, body: changed.toString('base64url') })).not.toBe('taken')
    }
  })

  it('refuses proposals that members do not make, and octets after a message', async () => {
    const { alice, bob } = await aliceBobCarol()
    const entry = await forge(alice, [])
    const longer = Buffer.concat([Buffer.from(entry.body, 'base64url'), Buffer.of(0)]).toString('base64url')
    expect(await verdict(bob, { ...entry, body: longer })).toBe('commitInvalid')
    const unknown = await forge(alice, [{ proposalType: 0xf0_01, proposalData: new Uint8Array() }])
    expect(await verdict(bob, unknown)).toBe('commitInvalid')
  })

  it('refuses other extensions in the group context', async () => {
    const { alice, bob } = await aliceBobCarol()
    const { groupContext } = alice.state.core
    const extensions = [...groupContext.extensions, { extensionType: 0x0a_0a, extensionData: new Uint8Array() }]
    const forged = await forge(alice, [
      { proposalType: 'group_context_extensions', groupContextExtensions: { extensions } },
    ])
    expect(await verdict(bob, forged)).toBe('commitInvalid')
  })

  it('takes the commit that won an epoch, and the loser makes its own anew (T-3)', async () => {
    const { alice, bob, carol, relay } = await aliceBobCarol()
    await alice.change({ roles: [{ account: bob.device.address.account, role: 'admin' }] })
    await bob.read()
    const intent = { name: 'by bob', remove: [carol.device.address] }
    const losing = must(await bob.make(intent))
    await alice.change({ remove: [carol.device.address] })
    expect(relay.commit(losing)).toBeUndefined()
    await bob.read()
    const rest = rebase(bob.state, intent)
    expect(rest.remove).toEqual([])
    await bob.change(rest)
    await alice.read()
    expect(detailsOf(alice.state).name).toBe('by bob')
    expect(alice.authenticator).toBe(bob.authenticator)
  })

  it('takes entries in the order of the log only', async () => {
    const { alice, bob } = await aliceBobCarol()
    const entry = await forge(alice, [])
    expect(await verdict(bob, { ...entry, seq: entry.seq + 1 })).toBe('outOfOrder')
    expect(await verdict(bob, entry)).toBe('taken')
    expect(await verdict(bob, entry)).toBe('outOfOrder')
    expect(await verdict(bob, { ...entry, seq: entry.seq + 1 })).toBe('commitInvalid')
  })
})
