/** That commits are what was said openly with them, and what the relay was told (SPEC, U-4 and U-5). */

import { describe, expect, it } from 'vitest'
import { randomBytes, toBase64url } from '#protocol/bytes.ts'
import { NO_CHANGE } from '#protocol/groups/change.ts'
import { detailsOf } from './group-state.ts'
import { must } from './testing/device.ts'
import { adding, forge, removing, setting } from './testing/forge.ts'
import { aliceBobCarol } from './testing/group.ts'
import { stranger, verdict } from './testing/verdict.ts'

describe('U-4: what is said openly', () => {
  it('refuses a commit that does something else', async () => {
    const { alice, bob, carol, directory } = await aliceBobCarol()
    const { foreign } = await stranger(directory)
    const { address } = carol.device
    const lies = [
      await forge(alice, [adding(foreign)], NO_CHANGE),
      await forge(alice, [removing(alice, carol)], NO_CHANGE),
      await forge(alice, [], { ...NO_CHANGE, remove: [address] }),
      await forge(alice, [setting({ ...detailsOf(alice.state), name: 'renamed' })], NO_CHANGE),
      await forge(alice, [], { ...NO_CHANGE, details: true }),
      await forge(alice, [adding(foreign)], { ...NO_CHANGE, add: [address] }),
    ]
    for (const lie of lies) expect(await verdict(bob, lie)).toBe('changeMismatch')
  })

  it('refuses another open change than the sender authenticated', async () => {
    const { alice, bob, carol } = await aliceBobCarol()
    const entry = await forge(alice, [removing(alice, carol)])
    expect(await verdict(bob, { ...entry, change: NO_CHANGE })).toBe('changeMismatch')
    expect(await verdict(bob, { ...entry, messageId: toBase64url(randomBytes(16)) })).toBe('bindingMismatch')
    expect(await verdict(bob, entry)).toBe('taken')
  })

  it('refuses the own commit with other octets, another change or another key', async () => {
    const { alice } = await aliceBobCarol()
    const made = must(await alice.make({ name: 'renamed' }))
    const entry = alice.relay.commit(made)
    if (entry === undefined) throw new Error('another commit won')
    const other = toBase64url(randomBytes(40))
    expect(await verdict(alice, { ...entry, body: other })).toBe('bindingMismatch')
    expect(await verdict(alice, { ...entry, change: NO_CHANGE })).toBe('changeMismatch')
    expect(await verdict(alice, { ...entry, sendKey: other.slice(0, 43) })).toBe('sendKeyMismatch')
    expect(await verdict(alice, entry)).toBe('taken')
  })
})

it('U-5: refuses a commit with another sending key than the epoch yields', async () => {
  const { alice, bob } = await aliceBobCarol()
  const entry = await forge(alice, [])
  expect(await verdict(bob, { ...entry, sendKey: toBase64url(randomBytes(32)) })).toBe('sendKeyMismatch')
  expect(await verdict(bob, entry)).toBe('taken')
})
