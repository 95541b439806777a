import { afterEach, describe, expect, it } from 'vitest'
import { toBase64url, utf8 } from '#protocol/bytes.ts'
import { parseUpFrame } from '#protocol/frames/up.ts'
import type { OutgoingMessage } from '#protocol/frames/send.ts'
import { signDeviceList } from '../crypto/device-list-signature.ts'
import { generateIdentity, generateOneTimePrekeys, generateSignedPrekey } from '../crypto/keys.ts'
import { StoreLockedError } from '../store/store.ts'
import type { Engine } from './engine.ts'
import { openEngine } from './open-engine.ts'
import { sessionKey } from './records.ts'
import { Harness, collect, idOf, texts, until } from './testing/harness.ts'

let harness = new Harness()
afterEach(async () => {
  await harness.close()
  harness = new Harness()
})

/** Two people who have exchanged a message each way. */
async function acquainted(): Promise<[Engine, Engine]> {
  const [ada, bob] = [await harness.person('ada'), await harness.person('bob')]
  await ada.sendText(idOf(bob), 'hello')
  await until(async () => (await texts(bob, ada.account)).length === 1)
  await bob.sendText(idOf(ada), 'hi')
  await until(async () => (await bob.messages(idOf(ada))).at(-1)?.state === 'delivered')
  await until(async () => (await ada.messages(idOf(bob)))[0]?.state === 'delivered')
  return [ada, bob]
}

function sends(messageId: string): OutgoingMessage[] {
  return harness.relay.received.flatMap((data) => {
    const parsed = parseUpFrame(data)
    if (!parsed.ok || parsed.frame.type !== 'send') return []
    return parsed.frame.messages.filter((message) => message.messageId === messageId)
  })
}

async function stateOf(engine: Engine, conversation: string, id: string): Promise<string | undefined> {
  return (await engine.messages(conversation)).find((message) => message.id === id)?.state
}

describe('sending', () => {
  it('what got no answer is sent again with the same bytes under the same id, and delivered once', async () => {
    const [ada, bob] = await acquainted()
    let losses = 2
    harness.relay.faults.loseAnswer = () => (losses -= 1) >= 0
    const id = await ada.sendText(idOf(bob), 'again')
    await until(async () => (await stateOf(ada, idOf(bob), id)) === 'delivered')
    const attempts = sends(id)
    expect(attempts.length).toBeGreaterThan(1)
    expect(new Set(attempts.map((message) => JSON.stringify(message))).size).toBe(1)
    expect(await texts(bob, ada.account)).toEqual(['hello', 'hi', 'again'])
  })

  it('a refusal to fix fails the message with its code, and retryMessage sends it', async () => {
    const [ada, bob] = await acquainted()
    harness.relay.faults.reject = () => 'tooLarge'
    const id = await ada.sendText(idOf(bob), 'refused')
    await until(async () => (await stateOf(ada, idOf(bob), id)) === 'failed')
    expect((await ada.messages(idOf(bob))).at(-1)?.failure).toBe('tooLarge')
    harness.relay.faults = {}
    await ada.retryMessage(id)
    await until(async () => (await stateOf(ada, idOf(bob), id)) === 'delivered')
    await expect(ada.retryMessage(id)).rejects.toMatchObject({ code: 'messageNotFound' })
  })

  it('a refusal to retry sends the same bytes later', async () => {
    const [ada, bob] = await acquainted()
    let refusals = 1
    harness.relay.faults.reject = () => ((refusals -= 1) >= 0 ? 'quotaExceeded' : undefined)
    const id = await ada.sendText(idOf(bob), 'later')
    await until(async () => (await stateOf(ada, idOf(bob), id)) === 'delivered')
    expect(new Set(sends(id).map((message) => JSON.stringify(message))).size).toBe(1)
  })

  it('a mismatch is answered with the same envelopes for devices that stayed, and a new one for the new device', async () => {
    const [ada, bob] = await acquainted()
    const bob2 = await harness.linked('bob2', bob)
    const id = await ada.sendText(idOf(bob), 'to both')
    await until(async () => (await texts(bob2, ada.account)).includes('to both'))
    const [first, second] = sends(id)
    expect(second?.envelopes.map(({ device }) => device)).toEqual([1, 2])
    expect(second?.envelopes[0]).toEqual(first?.envelopes[0])
  })

  it('an own earlier ciphertext that the relay already has counts as sent', async () => {
    const [ada, bob] = await acquainted()
    harness.relay.faults.reject = () => 'messageIdReused'
    const id = await ada.sendText(idOf(bob), 'known')
    await until(async () => (await stateOf(ada, idOf(bob), id)) === 'sent')
    expect(sends(id)).toHaveLength(1)
  })

  it('what was queued before a restart is sent after it', async () => {
    const [ada, bob] = await acquainted()
    ada.disconnect()
    await ada.sendText(idOf(bob), 'before')
    await ada.close()
    const again = await harness.open('ada')
    await again.connect()
    await until(async () => (await texts(bob, again.account)).includes('before'))
    expect(await texts(bob, again.account)).toEqual(['hello', 'hi', 'before'])
  })
})

describe('receiving', () => {
  it('a message that cannot be read is asked for again, shown once by every device, and blocks nothing', async () => {
    const [ada, bob] = await acquainted()
    const bob2 = await harness.linked('bob2', bob)
    await ada.sendText(idOf(bob), 'both')
    await until(async () => (await texts(bob2, ada.account)).includes('both'))
    const unreadable = collect(bob, 'undecryptable')
    await harness.stores.get('bob')?.commit([{ delete: sessionKey(idOf(ada), 1) }])
    const id = await ada.sendText(idOf(bob), 'lost')
    await ada.sendText(idOf(bob), 'next')
    await until(
      async () => (await texts(bob, ada.account)).filter((body) => ['lost', 'next'].includes(body)).length === 2,
    )
    expect(unreadable[0]).toEqual({ from: idOf(ada), messageId: id, code: 'noSession', asked: true })
    expect((await bob.messages(idOf(ada))).some((message) => message.id === id)).toBe(true)
    expect(await texts(bob2, ada.account)).toEqual(['both', 'lost', 'next'])
    await until(async () => (await stateOf(ada, idOf(bob), id)) === 'delivered')
    await ada.sendText(idOf(bob), 'healed')
    await until(async () => (await texts(bob, ada.account)).includes('healed'))
  })

  it('garbage is put aside and acknowledged', async () => {
    const [ada, bob] = await acquainted()
    const unreadable = collect(bob, 'undecryptable')
    const account = harness.relay.account(idOf(bob))
    const registrationId = account.list.devices[0]?.registrationId ?? 0
    const envelopes = [{ device: 1, registrationId, body: toBase64url(utf8('garbage')) }]
    const message = { messageId: toBase64url(new Uint8Array(16)), to: idOf(bob), deviceListVersion: 1, envelopes }
    const address = { account: idOf(bob), device: 1 }
    account.deposit({ account: idOf(ada), device: 1 }, message, 1, (_device, item) =>
      harness.relay.push(address, { type: 'envelopes', items: [item] }),
    )
    await until(() => account.inbox(1).items.length === 0)
    expect(unreadable).toHaveLength(1)
    expect(await texts(bob, ada.account)).toEqual(['hello', 'hi'])
  })

  it('a gap is told, and the inbox goes on behind it', async () => {
    const [ada, bob] = await acquainted()
    const gaps = collect(bob, 'gap')
    const inbox = harness.relay.account(idOf(bob)).inbox(1)
    const lost = { type: 'gap', from: inbox.lastSeq + 1, to: inbox.lastSeq + 5, reason: 'expired' } as const
    inbox.lastSeq += 5
    harness.relay.push({ account: idOf(bob), device: 1 }, lost)
    await until(() => gaps.length === 1)
    expect(gaps).toEqual([{ from: lost.from, to: lost.to, reason: 'expired' }])
    await ada.sendText(idOf(bob), 'after')
    await until(async () => (await texts(bob, ada.account)).includes('after'))
  })

  it('a hole that nobody announced makes the engine ask once more before it counts as lost', async () => {
    const [ada, bob] = await acquainted()
    const gaps = collect(bob, 'gap')
    const states = collect(bob, 'connection')
    harness.relay.account(idOf(bob)).inbox(1).lastSeq += 2
    await ada.sendText(idOf(bob), 'after')
    await until(async () => (await texts(bob, ada.account)).includes('after'))
    expect(states.map(({ state }) => state)).toContain('connecting')
    expect(gaps).toMatchObject([{ reason: 'unannounced' }])
  })

  it('after the relay lost its storage, nothing is shown twice and only fresh prekeys are offered', async () => {
    const [ada, bob] = await acquainted()
    const account = harness.relay.account(idOf(bob))
    const offered = new Set(account.handedOut)
    const gaps = collect(bob, 'gap')
    bob.disconnect()
    await ada.sendText(idOf(bob), 'waiting')
    await until(async () => (await ada.messages(idOf(bob))).at(-1)?.state === 'sent')
    const before = await harness.stores.get('bob')?.range('prekey', 'oneTime')
    account.loseStorage()
    await bob.connect()
    await until(() => account.status(1).oneTimeCount === 100)
    expect(account.status(1).highestOneTimeId).toBeGreaterThanOrEqual(200)
    expect(before?.length).toBe(100 - offered.size)
    expect(gaps).toMatchObject([{ reason: 'storageLost' }])
    await until(async () => (await texts(bob, ada.account)).includes('waiting'))
    expect(await texts(bob, ada.account)).toEqual(['hello', 'hi', 'waiting'])
  })
})

describe('identities and devices', () => {
  it('nothing is sent to a changed identity until it is accepted', async () => {
    const [ada, bob] = await acquainted()
    const changes = collect(ada, 'identityChanged')
    const former = await ada.safetyNumber(idOf(bob))
    await bob.close()
    const identity = await generateIdentity()
    const account = harness.relay.account(idOf(bob))
    const devices = [{ id: 1, registrationId: 4_242, deviceKey: account.list.devices[0]?.deviceKey ?? '' }]
    const list = { account: idOf(bob), version: 2, identityKey: toBase64url(identity.publicKey), devices }
    const bytes = utf8(JSON.stringify(list))
    const { id, publicKey, signature } = await generateSignedPrekey(identity, 1_000)
    expect(
      account.replaceList({ bytes: toBase64url(bytes), signature: toBase64url(signDeviceList(identity, bytes)) }),
    ).toBe(true)
    const oneTime = await generateOneTimePrekeys(1_000, 2)
    account.upload(1, {
      signedPrekey: { id, publicKey: toBase64url(publicKey), signature: toBase64url(signature) },
      oneTimePrekeys: oneTime.map((pair) => ({ id: pair.id, publicKey: toBase64url(pair.publicKey) })),
    })
    const message = await ada.sendText(idOf(bob), 'secret')
    await until(() => changes.length > 0)
    expect(await stateOf(ada, idOf(bob), message)).toBe('blocked')
    const held = await ada.sendText(idOf(bob), 'another')
    expect(await stateOf(ada, idOf(bob), held)).toBe('blocked')
    // What is compared is the key that would be trusted, and only that one is then accepted.
    const offered = await ada.safetyNumber(idOf(bob))
    expect(offered).not.toEqual(former)
    expect(await ada.acceptIdentity(idOf(bob), former)).toBe(false)
    expect(await stateOf(ada, idOf(bob), held)).toBe('blocked')
    expect(await ada.acceptIdentity(idOf(bob), offered)).toBe(true)
    await until(async () => (await stateOf(ada, idOf(bob), held)) === 'sent')
    expect(await ada.acceptIdentity(idOf(bob))).toBe(false)
  })

  it('a removed device stops for good and keeps its data', async () => {
    const [ada, bob] = await acquainted()
    const ada2 = await harness.linked('ada2', ada)
    await bob.sendText(idOf(ada), 'to all')
    await until(async () => (await texts(ada2, bob.account)).length === 1)
    const stopped = collect(ada2, 'stopped')
    await ada.revokeDevice(2)
    await until(() => stopped.length === 1)
    await until(() => ada2.state === 'revoked')
    expect(await ada.devices()).toEqual([{ id: 1, isThis: true }])
    expect(await texts(ada2, bob.account)).toEqual(['to all'])
    await expect(ada2.sendText(idOf(bob), 'no')).rejects.toMatchObject({ code: 'deviceRevoked' })
  })

  it('a link bundle opens for its request only, and not when altered', async () => {
    const ada = await harness.person('ada')
    const [one, two] = [await harness.open('one'), await harness.open('two')]
    await two.createLinkRequest()
    const bundle = await ada.approveLink(await one.createLinkRequest())
    await expect(two.completeLink(bundle)).rejects.toMatchObject({ code: 'linkInvalid' })
    const altered = bundle.slice(0, -4) + (bundle.endsWith('AAAA') ? 'BBBB' : 'AAAA')
    await expect(one.completeLink(altered)).rejects.toMatchObject({ code: 'linkInvalid' })
    await expect(ada.approveLink('nonsense')).rejects.toMatchObject({ code: 'linkInvalid' })
    await one.completeLink(bundle)
    expect([one.account, one.device, one.username]).toEqual([ada.account, 2, 'ada'])
  })
})

describe('an engine', () => {
  it('is refused a store that another engine has', async () => {
    const ada = await harness.person('ada')
    await expect(harness.open('ada')).rejects.toThrow(StoreLockedError)
    const store = harness.stores.get('ada')
    if (store === undefined) throw new Error('no store')
    await expect(openEngine({ relayUrl: 'https://relay.test', store })).rejects.toThrow(StoreLockedError)
    await ada.close()
    expect((await harness.open('ada')).account).toBe(ada.account)
  })

  it('stops when a newer connection of its device takes over', async () => {
    const ada = await harness.person('ada')
    const stopped = collect(ada, 'stopped')
    harness.relay.end({ account: idOf(ada), device: 1 }, 'replaced')
    await until(() => stopped.length === 1)
    expect([stopped[0]?.reason, ada.connection, ada.state]).toEqual(['replaced', 'stopped', 'ready'])
  })

  it('registers once, however often the answer is lost, and with another name when one is taken', async () => {
    await harness.person('ada')
    const other = await harness.open('other')
    await expect(other.register({ username: 'ada' })).rejects.toMatchObject({ code: 'usernameTaken', action: 'fix' })
    const account = other.account
    harness.relay.faults.isDown = () => true
    await expect(other.register({ username: 'ada2' })).rejects.toMatchObject({ code: 'offline' })
    harness.relay.faults = {}
    await other.register({ username: 'ada2' })
    expect([other.account, other.username, other.state]).toEqual([account, 'ada2', 'ready'])
    await expect(other.register()).rejects.toMatchObject({ code: 'alreadyRegistered' })
  })

  it('reconnects by itself, and says what it is doing', async () => {
    const [ada, bob] = await acquainted()
    const states = collect(ada, 'connection')
    harness.relay.faults.isDown = () => true
    harness.relay.drop(idOf(ada))
    await until(() => states.length > 0)
    harness.relay.faults = {}
    await until(() => ada.connection === 'online')
    expect(states.map(({ state }) => state)).toEqual(['connecting', 'online'])
    await bob.sendText(idOf(ada), 'back?')
    await until(async () => (await texts(ada, bob.account)).includes('back?'))
  })
})
