/** Whose leaves members take (SPEC, U-2). */

import { describe, expect, it } from 'vitest'
import { apply } from './apply.ts'
import { isVouched } from './group-state.ts'
import { ed25519 } from './primitives.ts'
import { Directory, TestDevice, handedOut } from './testing/device.ts'
import { adding, forge, removing } from './testing/forge.ts'
import { aliceBobCarol } from './testing/group.ts'
import { stranger, verdict } from './testing/verdict.ts'

describe('U-2: new leaves', () => {
  it('takes one that its device, in its account’s list, vouches for', async () => {
    const { alice, bob, directory } = await aliceBobCarol()
    const { foreign } = await stranger(directory)
    expect(await verdict(bob, await forge(alice, [adding(foreign)]))).toBe('taken')
  })

  it('refuses one of a device that no list names', async () => {
    const { alice, bob, directory } = await aliceBobCarol()
    const { device, foreign } = await stranger(directory)
    directory.unlist(device.address, false)
    expect(await verdict(bob, await forge(alice, [adding(foreign)]))).toBe('credentialInvalid')
  })

  it('refuses one in the name of a device that did not sign it', async () => {
    const { alice, bob, carol, directory } = await aliceBobCarol()
    const address = { account: carol.device.address.account, device: 2 }
    await TestDevice.create(directory, address.account, address.device)
    // The same device by another key, which only the forger believes in.
    const posing = await TestDevice.create(new Directory(), address.account, address.device)
    const foreign = await handedOut(posing, await posing.package(1))
    expect(await verdict(bob, await forge(alice, [adding(foreign)]))).toBe('credentialInvalid')
  })

  it('takes, and reports, one of a device that has left its account since', async () => {
    const { alice, bob, directory } = await aliceBobCarol()
    const { device, foreign } = await stranger(directory)
    const entry = await forge(alice, [adding(foreign)])
    directory.unlist(device.address, true)
    expect(await bob.take(entry)).toMatchObject({ kind: 'applied', unverified: [device.address] })
  })

  it('says later whether a device vouches for its leaf', async () => {
    const { alice, bob, directory } = await aliceBobCarol()
    const key = await directory.resolve(bob.device.address)
    if (!(key instanceof Uint8Array)) throw new Error('not listed')
    expect(await isVouched(alice.state, bob.device.address, key)).toBe(true)
    expect(await isVouched(alice.state, bob.device.address, (await ed25519.keygen()).publicKey)).toBe(false)
    expect(await isVouched(alice.state, { ...bob.device.address, device: 9 }, key)).toBe(false)
  })

  it('does not ask again about leaves that it took before', async () => {
    const { alice, bob, directory } = await aliceBobCarol()
    directory.unlist(alice.device.address, false)
    expect(await verdict(bob, await forge(alice, []))).toBe('taken')
  })

  it('gives no verdict, and asks again, when a list cannot be had', async () => {
    const { alice, bob, directory } = await aliceBobCarol()
    const entry = await forge(alice, [adding((await stranger(directory)).foreign)])
    const offline = new Error('offline')
    await expect(apply(bob.state, entry, () => Promise.reject(offline))).rejects.toBe(offline)
    expect(await verdict(bob, entry)).toBe('taken')
  })

  it('takes a device that was set up anew in the place of its former self, and never beside it', async () => {
    const { alice, bob, carol } = await aliceBobCarol()
    const foreign = await handedOut(carol.device, await carol.device.package(1))
    // The library refuses to make that, and to follow it.
    await expect(forge(alice, [adding(foreign)])).rejects.toThrow('already in the group')
    expect(await verdict(bob, await forge(alice, [removing(alice, carol), adding(foreign)]))).toBe('taken')
  })
})
