/** Joining by a link (SPEC, I-1 to I-5). */

import { hkdfSync } from 'node:crypto'
import type { GroupInfo } from 'ts-mls/groupInfo.js'
import { describe, expect, it } from 'vitest'
import { concatBytes, fromBase64url, randomBytes, toBase64url } from '#protocol/bytes.ts'
import { NO_CHANGE } from '#protocol/groups/change.ts'
import { boxesOf, newLink, openBox } from './box.ts'
import { joinByLink, previewLink } from './external.ts'
import { membersIn, roleOf, withLeaver } from './group-state.ts'
import { linkKeys } from './link-keys.ts'
import { writeMessage } from './message.ts'
import { TestDevice, must, randomId } from './testing/device.ts'
import { forgeExternal } from './testing/forge-external.ts'
import { aliceBobCarol } from './testing/group.ts'
import { type TestMember, joinWith, textsOf } from './testing/member.ts'
import { verdict } from './testing/verdict.ts'

/** A group with a link, and a device that nobody has added. */
async function groupWithLink(suite: 1 | 83 = 1) {
  const group = await aliceBobCarol(suite)
  const link = newLink()
  await group.alice.change({ links: [link] })
  await Promise.all([group.bob.read(), group.carol.read()])
  const dave = await TestDevice.create(group.directory, randomId(), 1)
  return { ...group, link, dave, opened: await openedBy(group.alice, link.secret) }
}

async function openedBy(member: TestMember, secret: string) {
  const [box] = await boxesOf(member.state)
  const { group, suite } = member.state
  return { group, suite, secret, box: box?.box ?? '' }
}

async function sealed(groupInfo: GroupInfo, group: string, secret: string): Promise<Uint8Array> {
  const { boxKey } = linkKeys(fromBase64url(secret))
  const key = await crypto.subtle.importKey('raw', Uint8Array.from(boxKey), 'AES-GCM', false, ['encrypt'])
  const iv = randomBytes(12)
  const parameters = { name: 'AES-GCM', iv, additionalData: fromBase64url(group) }
  const message = writeMessage({ wireformat: 'mls_group_info', groupInfo })
  return concatBytes(iv, new Uint8Array(await crypto.subtle.encrypt(parameters, key, Uint8Array.from(message))))
}

describe.each([1, 83] as const)('by a link, in suite %i', (suite) => {
  it('a device joins as a member, and everybody reads everybody (I-3, I-5)', async () => {
    const { alice, bob, relay, opened, dave } = await groupWithLink(suite)
    const joined = must(await joinWith(dave, relay, opened))
    await joined.say('hello')
    expect(textsOf(await alice.read())).toEqual(['hello'])
    await alice.say('welcome')
    expect(textsOf(await joined.read())).toEqual(['welcome'])
    expect(textsOf(await bob.read())).toEqual(['hello', 'welcome'])
    expect(roleOf(bob.state, dave.address.account)).toBe('member')
    expect(joined.authenticator).toBe(bob.authenticator)
  })
})

describe('a link', () => {
  it('shows where it leads before anybody joins, with another secret nothing (I-1, I-2)', async () => {
    const { opened, dave } = await groupWithLink()
    const link = { ...opened, epoch: 2, box: fromBase64url(opened.box) }
    await expect(previewLink(link, dave.address)).resolves.toEqual({
      name: 'the group',
      accounts: 3,
      isMember: false,
    })
    const wrong = { ...link, secret: toBase64url(randomBytes(32)) }
    await expect(previewLink(wrong, dave.address)).resolves.toMatchObject({ refused: 'linkInvalid' })
    const elsewhere = { ...link, group: randomId() }
    await expect(previewLink(elsewhere, dave.address)).resolves.toHaveProperty('refused')
  })

  it('has an id and keys that are those of its secret by HKDF (I-1)', () => {
    const secret = randomBytes(32)
    const derived = (info: string, length: number) =>
      Buffer.from(hkdfSync('sha256', secret, '', `SilentRelay link ${info} v1`, length)).toString('base64url')
    const { id, boxKey, proofKey } = linkKeys(secret)
    expect(id).toBe(derived('id', 16))
    expect(toBase64url(boxKey)).toBe(derived('box', 32))
    expect(toBase64url(proofKey)).toBe(derived('proof', 32))
  })

  it('is good for nothing once a commit left it out (I-4)', async () => {
    const { alice, bob, opened, dave, directory, link } = await groupWithLink()
    const before = { ...opened, epoch: 2, box: fromBase64url(opened.box) }
    const late = must(await joinByLink(before, await dave.package(1), randomId(), directory.resolve))
    await alice.change({ links: [] })
    await bob.read()
    expect(await boxesOf(alice.state)).toEqual([])
    const entry = await forgeExternal(bob, dave, { proofOf: link.secret })
    expect(await verdict(bob, entry)).toBe('notAllowed')
    expect(alice.relay.commit(late)).toBeUndefined()
  })

  it('cannot be used by the relay to add a ghost: nobody joins without a proof (I-3)', async () => {
    const { bob, dave, link } = await groupWithLink()
    expect(await verdict(bob, await forgeExternal(bob, dave, {}))).toBe('notAllowed')
    const guessed = toBase64url(randomBytes(32))
    expect(await verdict(bob, await forgeExternal(bob, dave, { proofOf: guessed }))).toBe('notAllowed')
    expect(await verdict(bob, await forgeExternal(bob, dave, { proofOf: link.secret }))).toBe('taken')
  })

  it('brings back an account that left and was not removed yet', async () => {
    const { alice, relay, opened, bob, link } = await groupWithLink()
    const { account } = bob.device.address
    alice.state = withLeaver(alice.state, account)
    must(await joinWith(bob.device, relay, opened))
    await alice.read()
    expect(alice.state.left).toEqual([])
    expect(link.id).toHaveLength(22)
  })

  it('leads nowhere when whoever has its secret puts another group info into its box (I-2)', async () => {
    const { alice, opened, dave, link, directory } = await groupWithLink()
    const info = await openBox(fromBase64url(opened.box), opened.group, link.secret)
    const join = async (groupInfo: typeof info) => {
      const box = await sealed(groupInfo, opened.group, link.secret)
      return joinByLink({ ...opened, epoch: 2, box }, await dave.package(1), randomId(), directory.resolve)
    }
    expect(must(await join(info)).request.via).toBe(link.id)
    const [externalPub, tree] = info.extensions
    if (externalPub === undefined || tree === undefined) throw new Error('a group info without its extensions')
    const otherKey = { ...externalPub, extensionData: randomBytes(32) }
    const forgeries = [
      { ...info, extensions: [otherKey, tree] },
      { ...info, signer: 1 },
      { ...info, signer: 40 },
      { ...info, confirmationTag: randomBytes(32) },
      { ...info, groupContext: { ...info.groupContext, confirmedTranscriptHash: randomBytes(32) } },
    ]
    for (const forgery of forgeries) expect(await join(forgery)).toHaveProperty('refused')
    expect(alice.state.seq).toBe(2)
  })

  it('lets nobody join as a device that it is not (U-2)', async () => {
    const { bob, dave, directory, link } = await groupWithLink()
    const entry = await forgeExternal(bob, dave, { proofOf: link.secret })
    directory.unlist(dave.address, false)
    expect(await verdict(bob, entry)).toBe('credentialInvalid')
  })

  it('lets nobody take another device out, or change anything else (I-6)', async () => {
    const { alice, bob, dave, link } = await groupWithLink()
    const removed = membersIn(bob.state).find(alice.device.address)?.leaf ?? -1
    const said = { ...NO_CHANGE, add: [dave.address], remove: [alice.device.address] }
    const proofOf = link.secret
    expect(await verdict(bob, await forgeExternal(bob, dave, { removed, said, proofOf }))).toBe('notAllowed')
    const more = { ...NO_CHANGE, add: [dave.address], roles: [{ ...dave.address, role: 'owner' as const }] }
    expect(await verdict(bob, await forgeExternal(bob, dave, { said: more, proofOf }))).toBe('changeMismatch')
  })
})
