/** Key packages: this device's own, and what is taken from others. */

import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { fromBase64url } from '#protocol/bytes.ts'
import { LIMITS } from '#protocol/limits.ts'
import { welcomeRefs } from './join-welcome.ts'
import { OwnKeyPackage, readKeyPackage } from './key-package.ts'
import { Directory, NOW, TestDevice, handedOut, randomId } from './testing/device.ts'
import { TestMember, textsOf } from './testing/member.ts'
import { TestRelay } from './testing/relay.ts'

const DAY = 24 * 3_600 * 1_000

async function device() {
  const directory = new Directory()
  const made = await TestDevice.create(directory, randomId(), 1)
  const own = await made.package(1)
  const read = (changes: { body?: Uint8Array; suite?: 1 | 83; address?: typeof made.address; now?: number }) =>
    readKeyPackage(
      changes.body ?? fromBase64url(own.body),
      changes.suite ?? 1,
      changes.address ?? made.address,
      directory.resolve,
      changes.now ?? NOW,
    )
  return { directory, made, own, read }
}

describe('another device’s key package', () => {
  it('is taken when it is what it claims to be', async () => {
    const { made, read } = await device()
    await expect(read({})).resolves.toMatchObject({ address: made.address })
  })

  it('is refused of another suite or device, before and after its lifetime, and with octets after it', async () => {
    const { made, own, read } = await device()
    const longer = Uint8Array.of(...fromBase64url(own.body), 0)
    const refusals = [
      await read({ suite: 83 }),
      await read({ address: { ...made.address, device: 2 } }),
      await read({ now: NOW - 2 * DAY }),
      await read({ now: own.notAfter + 1_000 }),
      await read({ body: longer }),
      await read({ body: new Uint8Array() }),
    ]
    for (const refusal of refusals) expect(refusal).toMatchObject({ refused: 'keyPackageInvalid' })
  })

  it('is refused with any octet changed', async () => {
    const { own, read } = await device()
    const octets = fromBase64url(own.body)
    for (let at = 0; at < octets.length; at += 1) {
      const body = octets.with(at, (octets[at] ?? 0) ^ 1)
      expect(await read({ body })).toHaveProperty('refused')
    }
  })

  it('is refused of a device that has left its account, or never was in it (U-2)', async () => {
    const { directory, made, read } = await device()
    directory.unlist(made.address, true)
    await expect(read({})).resolves.toMatchObject({ refused: 'credentialInvalid' })
    directory.unlist(made.address, false)
    await expect(read({})).resolves.toMatchObject({ refused: 'credentialInvalid' })
  })
})

describe.each([1, 83] as const)('an own key package of suite %i', (suite) => {
  it('is plain data, fits the wire, and is found in the welcome that it is for', async () => {
    const directory = new Directory()
    const [alice, bob] = [
      await TestDevice.create(directory, randomId(), 1),
      await TestDevice.create(directory, randomId(), 1),
    ]
    const stored = JSON.stringify(await bob.package(suite))
    const own = v.parse(OwnKeyPackage, JSON.parse(stored))
    expect(fromBase64url(own.body).length).toBeLessThan(LIMITS.keyPackageBytes)
    const relay = new TestRelay()
    const founder = await TestMember.found(alice, relay, suite)
    await founder.change({ add: [await handedOut(bob, own)] })
    expect(welcomeRefs(fromBase64url(relay.welcome?.body ?? ''))).toEqual([own.ref])
    const joined = await founder.welcomed(bob, own)
    await founder.say('hello')
    expect(textsOf(await joined.read())).toEqual(['hello'])
  })

  it('of last resort lets a device into several groups, and again into one that it left (J-3)', async () => {
    const directory = new Directory()
    const [alice, bob] = [
      await TestDevice.create(directory, randomId(), 1),
      await TestDevice.create(directory, randomId(), 1),
    ]
    const own = await bob.package(suite)
    const foreign = await handedOut(bob, own)
    for (const relay of [new TestRelay(), new TestRelay()]) {
      const founder = await TestMember.found(alice, relay, suite)
      for (const round of ['first', 'second']) {
        await founder.change({ add: [foreign] })
        const joined = await founder.welcomed(bob, own)
        await founder.say(round)
        expect(textsOf(await joined.read())).toEqual([round])
        await founder.change({ remove: [bob.address] })
      }
    }
  })
})
