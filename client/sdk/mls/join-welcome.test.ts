/** What a joiner takes by a welcome, and what it refuses (RFC 9420 section 12.4.3.1). */

import { extractWelcomeSecret } from 'ts-mls/groupInfo.js'
import { decryptGroupInfo, decryptGroupSecrets, encryptGroupInfo, encryptGroupSecrets } from 'ts-mls/welcome.js'
import { describe, expect, it } from 'vitest'
import { fromBase64url, toBase64url } from '#protocol/bytes.ts'
import { joinByWelcome } from './join-welcome.ts'
import { publicPartOf } from './key-package.ts'
import { readMessage, writeMessage } from './message.ts'
import { suiteOf } from './suite.ts'
import { Directory, TestDevice, handedOut, must, randomId } from './testing/device.ts'
import { TestMember } from './testing/member.ts'
import { TestRelay } from './testing/relay.ts'

describe('a welcome', () => {
  async function welcomed() {
    const directory = new Directory()
    const relay = new TestRelay()
    const [alice, bob, carol] = [
      await TestDevice.create(directory, randomId(), 1),
      await TestDevice.create(directory, randomId(), 1),
      await TestDevice.create(directory, randomId(), 1),
    ]
    const [own, others] = [await bob.package(1), await carol.package(1)]
    const founder = await TestMember.found(alice, relay, 1)
    await founder.change({ add: [await handedOut(bob, own)] })
    const { seq = 0, epoch = 0, body = '' } = relay.welcome ?? {}
    const { group } = founder.state
    const entry = { group, suite: 1 as const, seq, epoch, body: fromBase64url(body) }
    return { directory, alice, own, others, entry }
  }

  it('is refused of another group, epoch or suite, for another package, and with any octet changed', async () => {
    const { directory, alice, own, others, entry } = await welcomed()
    const join = (changes: Partial<typeof entry>, packaged = own) =>
      joinByWelcome({ ...entry, ...changes }, packaged, directory.resolve)
    const joined = must(await join({}))
    expect(joined.unverified).toEqual([])
    expect(joined.by).toEqual(alice.address)
    const refusals = [
      await join({ group: randomId() }),
      await join({ epoch: entry.epoch + 1 }),
      await joinByWelcome({ ...entry, suite: 83 }, own, directory.resolve),
      await join({}, others),
    ]
    for (const refusal of refusals) expect(refusal).toHaveProperty('refused')
    for (let at = 0; at < entry.body.length; at += 29) {
      const body = entry.body.with(at, (entry.body[at] ?? 0) ^ 1)
      expect(await join({ body })).toHaveProperty('refused')
    }
  })

  it('whose keys are not those of the epoch that its group info is of is refused', async () => {
    const { directory, own, entry } = await welcomed()
    const suite = await suiteOf(1)
    const welcome = readMessage(entry.body, 'mls_welcome')?.welcome
    if (welcome === undefined) throw new Error('not a welcome')
    const initKey = await suite.hpke.importPrivateKey(fromBase64url(own.initKey))
    const secrets = await decryptGroupSecrets(initKey, fromBase64url(own.ref), welcome, suite.hpke)
    const noPsk = new Uint8Array(suite.kdf.size)
    const joinerSecret = secrets?.joinerSecret ?? noPsk
    const info = await decryptGroupInfo(welcome, joinerSecret, noPsk, suite)
    if (info === undefined) throw new Error('not a group info')
    const rewritten = async (joiner: Uint8Array) => {
      const encryptedGroupInfo = await encryptGroupInfo(
        info,
        await extractWelcomeSecret(joiner, noPsk, suite.kdf),
        suite,
      )
      const publicKey = await suite.hpke.importPublicKey(publicPartOf(own).initKey)
      const again = { joinerSecret: joiner, pathSecret: undefined, psks: [] }
      const { enc, ct } = await encryptGroupSecrets(publicKey, encryptedGroupInfo, again, suite.hpke)
      const encryptedGroupSecrets = { kemOutput: enc, ciphertext: ct }
      const to = [{ newMember: fromBase64url(own.ref), encryptedGroupSecrets }]
      const content = { cipherSuite: welcome.cipherSuite, secrets: to, encryptedGroupInfo }
      const body = writeMessage({ wireformat: 'mls_welcome', welcome: content })
      return joinByWelcome({ ...entry, body: Uint8Array.from(body) }, own, directory.resolve)
    }
    expect(await rewritten(joinerSecret)).toHaveProperty('state')
    const otherSecret = joinerSecret.with(0, (joinerSecret[0] ?? 0) ^ 1)
    expect(await rewritten(otherSecret)).toMatchObject({
      refused: 'welcomeInvalid',
      reason: 'the confirmation tag is wrong',
    })
  })

  it('into a group with leaves of devices that left their account says so (U-2)', async () => {
    const { directory, alice, own, entry } = await welcomed()
    directory.unlist(alice.address, false)
    const { unverified } = must(await joinByWelcome(entry, own, directory.resolve))
    expect(unverified).toEqual([alice.address])
  })

  it('into a group with a leaf that its device did not sign is refused (U-2)', async () => {
    const { directory, alice, own, entry } = await welcomed()
    directory.list(alice.address, fromBase64url(toBase64url(new Uint8Array(32).fill(9))))
    await expect(joinByWelcome(entry, own, directory.resolve)).resolves.toMatchObject({ refused: 'credentialInvalid' })
  })
})
