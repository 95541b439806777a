import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parseUpFrame } from '#protocol/frames/up.ts'
import type { Delivery } from '#protocol/http/deliveries.ts'
import { LIMITS } from '#protocol/limits.ts'
import { hintOfBody, readSealedBody, sealingKeyHint } from '#protocol/sealed/envelope.ts'
import { fromBase64url, toBase64url } from '#protocol/bytes.ts'
import type { Timing } from '../core.ts'
import type { Engine } from '../engine.ts'
import {
  OUTBOX_QUEUE,
  type OwedReceipts,
  QUARANTINE,
  SEALING_KEYS,
  conversationKey,
  conversationRecord,
  outboxRecord,
  owedReceiptsKey,
  parseRecord,
  quarantineRecord,
  sealingKeyRecord,
} from '../records.ts'
import { FakeSealed } from '../testing/fake-sealed.ts'
import { Harness, collect, idOf, texts, until } from '../testing/harness.ts'
import { MovedClock } from '../testing/moved-clock.ts'

let harness = new Harness()
let clock = new MovedClock()
let sealed = new FakeSealed()

beforeEach(() => {
  clock = new MovedClock()
  harness = new Harness({ timers: clock }, () => clock.now())
  sealed = new FakeSealed(() => clock.now())
  harness.relay.sealed = sealed
})
afterEach(() => harness.close())

/** Two people who have exchanged a message each way, and so their delivery keys. */
async function acquainted(): Promise<[Engine, Engine]> {
  const [ada, bob] = [await harness.person('ada'), await harness.person('bob')]
  await exchange(ada, bob)
  return [ada, bob]
}

async function exchange(ada: Engine, bob: Engine): Promise<void> {
  await ada.sendText(idOf(bob), 'hello')
  await until(async () => (await texts(bob, idOf(ada))).length === 1)
  await bob.sendText(idOf(ada), 'hi')
  await until(async () => (await bob.messages(idOf(ada))).at(-1)?.state === 'delivered')
  await until(async () => (await ada.messages(idOf(bob)))[0]?.state === 'delivered')
}

async function stateOf(engine: Engine, to: Engine, id: string): Promise<string | undefined> {
  return (await engine.ownMessage(idOf(to), id))?.state
}

/** A text that got through. */
async function say(from: Engine, to: Engine, body: string): Promise<string> {
  const id = await from.sendText(idOf(to), body)
  await until(async () => (await texts(to, idOf(from))).includes(body))
  await until(async () => ['sent', 'delivered', 'read'].includes((await stateOf(from, to, id)) ?? ''))
  return id
}

async function wayOf(engine: Engine, to: Engine): Promise<string | undefined> {
  return (await engine.conversations()).find(({ account }) => account === idOf(to))?.way
}

/** Messages that went in somebody's name, to these people. */
function shownTo(...people: Engine[]): string[] {
  const accounts = new Set(people.map(idOf))
  return harness.relay.received.flatMap((data) => {
    const parsed = parseUpFrame(data)
    if (!parsed.ok || parsed.frame.type !== 'send') return []
    return parsed.frame.messages.filter(({ to }) => accounts.has(to)).map(({ to }) => to)
  })
}

function deliveriesOf(id: string): Delivery[] {
  return sealed.requests.flatMap(({ deliveries }) => deliveries).filter(({ messageId }) => messageId === id)
}

const tokenOf = ({ credential }: Delivery) => ('token' in credential ? credential.token.nonce : undefined)

async function codesIn(name: string): Promise<{ code: string; asked: boolean; named: boolean }[]> {
  const records = (await harness.stores.get(name)?.range('quarantine', QUARANTINE)) ?? []
  return records.map(({ value }) => {
    const { code, asked, from } = parseRecord(quarantineRecord, value)
    return { code, asked, named: from !== undefined }
  })
}

describe('a sealed conversation', () => {
  it('X-23: begins with tokens, goes on with delivery keys, and at no time says who sends', async () => {
    const [ada, bob] = await acquainted()
    await say(ada, bob, 'how are you?')
    await say(bob, ada, 'well')
    await bob.markRead(idOf(ada))
    await until(async () =>
      (await ada.messages(idOf(bob))).every(({ outgoing, state }) => !outgoing || state === 'read'),
    )
    expect(shownTo(ada, bob)).toEqual([])
    const all = sealed.requests.flatMap(({ deliveries }) => deliveries)
    // Ada's profile and text, each of which first asked for Bob's devices; not Bob's, who was given a key by the first.
    expect(new Set(all.map(tokenOf).filter((nonce) => nonce !== undefined)).size).toBe(2)
    for (const { headers } of sealed.requests) expect(Object.keys(headers)).toEqual(['content-type'])
    const senders = harness.relay.accounts
      .get(idOf(bob))
      ?.inbox(1)
      .history.map(({ from }) => from)
    expect(new Set(senders)).toEqual(new Set([undefined]))
    expect([await wayOf(ada, bob), await wayOf(bob, ada)]).toEqual(['sealed', 'sealed'])
  })

  it('says that somebody types in a seal, too, and to nobody whose key is unknown', async () => {
    const [ada, bob] = await acquainted()
    const carol = await harness.person('carol')
    const heard = collect(bob, 'typing')
    await ada.setTyping(idOf(bob), true)
    await until(() => heard.length === 1)
    expect(heard[0]).toEqual({ conversation: idOf(ada), accounts: [idOf(ada)] })
    await ada.setTyping(idOf(carol), true)
    expect(shownTo(bob, carol)).toEqual([])
  })

  it('reaches all devices of the other side, and own devices in the sender’s name', async () => {
    const [ada, bob] = await acquainted()
    const bob2 = await harness.linked('bob2', bob)
    const ada2 = await harness.linked('ada2', ada)
    const id = await say(ada, bob, 'to all')
    await until(async () => (await texts(bob2, idOf(ada))).includes('to all'))
    await until(async () => (await texts(ada2, idOf(bob))).includes('to all'))
    // The first was refused for the device that was missing.
    expect(deliveriesOf(id).map(({ envelopes }) => envelopes.length)).toEqual([1, 2])
    await say(bob2, ada, 'from the second')
    expect(new Set(shownTo(ada, bob))).toEqual(new Set([idOf(ada), idOf(bob)]))
    expect(await wayOf(ada2, bob)).toBeUndefined()
    await say(ada2, bob, 'from the other second')
    expect(await wayOf(ada2, bob)).toBe('sealed')
  })

  it('X-23: a receipt for a member of a group who never gave a key is left out, and nobody is told who read', async () => {
    const [ada, bob] = [await harness.person('ada'), await harness.person('bob')]
    await until(() => harness.hasSentAll('ada'))
    await harness.close('ada')
    const owed: OwedReceipts = {
      account: idOf(bob),
      receipt: 'read',
      messageIds: ['A'.repeat(22)],
      group: 'A'.repeat(22),
    }
    const store = await harness.disk.open('ada')
    await store.commit([{ put: owedReceiptsKey(1), value: owed }])
    await store.close()
    const again = await harness.open('ada')
    await again.connect()
    await until(() => harness.hasSentAll('ada'))
    expect(shownTo(bob)).toEqual([])
    expect(harness.relay.account(idOf(bob)).inbox(1).history).toEqual([])
    expect(idOf(again)).toBe(idOf(ada))
  })

  it('takes what is for several people in one request', async () => {
    const [ada, bob] = await acquainted()
    const carol = await harness.person('carol')
    await exchange(ada, carol)
    ada.disconnect()
    const ids = [await ada.sendText(idOf(bob), 'to Bob'), await ada.sendText(idOf(carol), 'to Carol')]
    await ada.connect()
    await until(async () => (await texts(carol, idOf(ada))).includes('to Carol'))
    await until(async () => (await texts(bob, idOf(ada))).includes('to Bob'))
    const request = sealed.requests.find(({ deliveries }) => deliveries.some(({ messageId }) => messageId === ids[0]))
    expect(request?.deliveries.map(({ messageId }) => messageId)).toEqual(ids)
  })

  it('confirms several messages by one receipt, at a random moment later', async () => {
    await harness.close()
    const timing: Timing = { receiptDelay: [60_000, 120_000], ackIdle: 1, answerTimeout: 2_000 }
    harness = new Harness({ timers: clock, timing, random: () => 0.5 }, () => clock.now())
    harness.relay.sealed = sealed
    const [ada, bob] = [await harness.person('ada'), await harness.person('bob')]
    for (const body of ['one', 'two', 'three']) await say(ada, bob, body)
    const toAda = () => sealed.requests.flatMap(({ deliveries }) => deliveries.filter(({ to }) => to === ada.account))
    clock.advance(89_000)
    await bob.idle()
    expect(toAda()).toEqual([])
    clock.advance(1_000)
    await until(async () => (await ada.messages(idOf(bob))).every(({ state }) => state === 'delivered'))
    expect(toAda().filter(({ envelopes }) => envelopes.length > 0)).toHaveLength(1)
  })
})

describe('what was not answered', () => {
  it('X-18: is sent again with the same octets, also by the next engine on the store, and is there once', async () => {
    const [ada, bob] = await acquainted()
    let isLost = true
    harness.relay.faults.loseAnswer = () => isLost
    const id = await ada.sendText(idOf(bob), 'once')
    await until(() => deliveriesOf(id).length > 0)
    // Killed between sealing and the answer.
    await harness.close('ada')
    isLost = false
    const again = await harness.open('ada')
    await again.connect()
    await until(async () => (await stateOf(again, bob, id)) === 'delivered')
    const sent = deliveriesOf(id)
    expect(sent.length).toBeGreaterThan(1)
    expect(new Set(sent.map((delivery) => JSON.stringify(delivery))).size).toBe(1)
    expect(await texts(bob, idOf(again))).toEqual(['hello', 'hi', 'once'])
  })

  it('X-18: is sealed anew when the certificate within has ended, and counts as accepted where it was', async () => {
    const [ada, bob] = await acquainted()
    harness.relay.faults.loseAnswer = () => true
    const id = await ada.sendText(idOf(bob), 'a day later')
    await until(() => deliveriesOf(id).length > 0)
    ada.disconnect()
    clock.advance(LIMITS.certificateTtl)
    harness.relay.faults = {}
    await ada.connect()
    await until(async () => ['sent', 'delivered'].includes((await stateOf(ada, bob, id)) ?? ''))
    expect(new Set(deliveriesOf(id).map(({ envelopes }) => envelopes[0]?.body)).size).toBe(2)
    expect((await texts(bob, idOf(ada))).filter((body) => body === 'a day later')).toHaveLength(1)
    expect(shownTo(bob)).toEqual([])
  })

  it('keeps its seal and its token in the store until then', async () => {
    const [ada, bob] = [await harness.person('ada'), await harness.person('bob')]
    harness.relay.faults.loseAnswer = () => true
    await ada.sendText(idOf(bob), 'hello')
    await until(() => sealed.requests.length > 0)
    const [first] = (await harness.stores.get('ada')?.range('outbox', OUTBOX_QUEUE)) ?? []
    const item = parseRecord(outboxRecord, first?.value ?? null)
    const [delivery] = deliveriesOf(item.wireId)
    expect(item.covered?.envelopes).toEqual(delivery?.envelopes)
    expect(item.token?.nonce).toBe(delivery && tokenOf(delivery))
  })
})

it('X-26: who reads a message looks up nobody because of it', async () => {
  const [ada, bob] = [await harness.person('ada'), await harness.person('bob', { acceptsStrangers: false })]
  await until(() => harness.hasSentAll('bob'))
  const before = harness.relay.calls.length
  await ada.sendText(idOf(bob), 'hello')
  await until(async () => (await texts(bob, idOf(ada))).length === 1)
  await bob.markRead(idOf(ada))
  await until(() => harness.hasSentAll('bob'))
  const lookups = new Set([
    'fetchDeviceList',
    'fetchPrekeys',
    'fetchKeyPackages',
    'findUsername',
    'keyLogIndexes',
    'keyLogLookup',
  ])
  const calls = harness.relay.calls.slice(before).filter(({ account }) => account === bob.account)
  expect(calls.filter(({ name }) => lookups.has(name))).toEqual([])
})

describe('the sealing key', () => {
  const DAY = 24 * 60 * 60_000
  const listed = (engine: Engine) => harness.relay.account(idOf(engine)).list.devices[0]?.sealingKey
  const kept = async (name: string) =>
    ((await harness.stores.get(name)?.range('prekey', SEALING_KEYS)) ?? []).map(
      ({ value }) => parseRecord(sealingKeyRecord, value).publicKey,
    )
  /** The key that the last delivery of a message was sealed to. */
  const hintOf = (id: string) => hintOfBody(deliveriesOf(id).at(-1)?.envelopes[0]?.body ?? '')
  const hint = (key: string | undefined) => toBase64url(sealingKeyHint(fromBase64url(key ?? '')))
  const reconnect = async (engine: Engine) => {
    engine.disconnect()
    await engine.connect()
    await until(() => engine.connection === 'online')
  }

  it('X-28: is another one after 30 days: what was sealed to the former one is read, and contacts seal to the new one', async () => {
    const [ada, bob] = await acquainted()
    const first = listed(bob)
    clock.advance(29 * DAY)
    await reconnect(bob)
    await say(ada, bob, 'with the first key')
    expect(listed(bob)).toBe(first)
    bob.disconnect()
    const id = await ada.sendText(idOf(bob), 'while he is away')
    await until(async () => (await stateOf(ada, bob, id)) === 'sent')
    expect(hintOf(id)).toBe(hint(first))
    // It comes after the change.
    const inbox = harness.relay.account(idOf(bob)).inbox(1)
    const held = inbox.items.splice(0)
    inbox.lastSeq -= held.length
    clock.advance(2 * DAY)
    await bob.connect()
    await until(() => listed(bob) !== first)
    inbox.items.push(...held)
    inbox.lastSeq += held.length
    await reconnect(bob)
    await until(async () => (await texts(bob, idOf(ada))).includes('while he is away'))
    const next = await say(ada, bob, 'with the second key')
    expect(hintOf(next)).toBe(hint(listed(bob)))
    expect(await wayOf(ada, bob)).toBe('sealed')
    // The same session: nobody had to begin anew.
    expect(harness.relay.account(idOf(bob)).handedOut).toHaveLength(1)
    await until(() => harness.hasSentAll('bob'))
  })

  it('X-28: a former one is deleted when nothing can have been sealed to it any more', async () => {
    const [, bob] = await acquainted()
    const [first] = await kept('bob')
    clock.advance(30 * DAY)
    await reconnect(bob)
    await until(() => listed(bob) !== first)
    clock.advance(31 * DAY - 1)
    await reconnect(bob)
    await until(async () => (await kept('bob')).length === 3)
    expect(await kept('bob')).toContain(first)
    clock.advance(1)
    await reconnect(bob)
    await until(async () => (await kept('bob')).length === 2)
    expect(await kept('bob')).not.toContain(first)
  })

  it('X-28: one that was made and did not come into the list comes into it on the next connection', async () => {
    const [ada, bob] = await acquainted()
    clock.advance(30 * DAY)
    harness.relay.faults.refuse = (name) => name === 'updateDeviceList'
    const before = listed(bob)
    await reconnect(bob)
    await until(async () => (await kept('bob')).length === 2)
    const [, made] = await kept('bob')
    // Until then the former one is in force.
    await say(ada, bob, 'before it is listed')
    expect(listed(bob)).toBe(before)
    await harness.close('bob')
    harness.relay.faults = {}
    const again = await harness.open('bob')
    await again.connect()
    await until(() => listed(again) === made)
    expect(await kept('bob')).toHaveLength(2)
  })
})

describe('the certificate', () => {
  it('X-5: is fetched once, kept, and renewed long before it ends', async () => {
    const [, bob] = await acquainted()
    expect(sealed.certificates).toBe(2)
    await harness.close('ada')
    const again = await harness.open('ada')
    await again.connect()
    await say(again, bob, 'with the same')
    expect(sealed.certificates).toBe(2)
    clock.advance(LIMITS.certificateTtl / 2)
    await until(() => sealed.certificates === 4)
    await say(again, bob, 'with another')
  })

  it('X-6: of a key that the deployment names only now is taken, after asking for its keys', async () => {
    const [ada, bob] = await acquainted()
    sealed.changeCertificateKey()
    clock.advance(LIMITS.certificateTtl / 2)
    await until(() => sealed.certificates === 4)
    await say(ada, bob, 'under the new key')
    expect(await codesIn('bob')).toEqual([])
  })

  it('X-7: that names another identity than the session’s is put aside, and nobody is asked', async () => {
    const [ada, bob] = await acquainted()
    const failures = collect(bob, 'undecryptable')
    sealed.identityFor = () => harness.relay.account(idOf(bob)).list.identityKey
    clock.advance(LIMITS.certificateTtl / 2)
    await until(() => sealed.certificates === 4)
    const id = await ada.sendText(idOf(bob), 'as somebody else')
    await until(() => failures.length === 1)
    expect(failures[0]).toMatchObject({ messageId: id, code: 'certificate:identityMismatch', asked: false })
    expect(await codesIn('bob')).toEqual([{ code: 'certificate:identityMismatch', asked: false, named: false }])
    // Nothing behind it waits, and the session is as it was.
    sealed.identityFor = undefined
    clock.advance(LIMITS.certificateTtl / 2)
    await until(() => sealed.certificates === 6)
    await until(async () => (await stateOf(ada, bob, id)) === 'sent')
    await say(ada, bob, 'as myself')
  })

  it('X-7: junk, altered seals and those for another device or message are put aside, and what follows is read', async () => {
    const [ada, bob] = await acquainted()
    const id = await say(ada, bob, 'the real one')
    const [delivery] = deliveriesOf(id)
    const body = fromBase64url(delivery?.envelopes[0]?.body ?? '')
    expect(readSealedBody(body)).toBeDefined()
    const altered = body.with(body.length - 1, (body.at(-1) ?? 0) ^ 1)
    const address = { account: idOf(bob), device: 1 }
    const inbox = harness.relay.account(idOf(bob)).inbox(1)
    const other = toBase64url(new Uint8Array(16).fill(7))
    for (const [messageId, octets] of [
      [other, body],
      [id, altered],
      [other, Uint8Array.of(6, 1, 2, 3)],
    ] as const) {
      inbox.lastSeq += 1
      const item = { seq: inbox.lastSeq, messageId, at: clock.now(), body: toBase64url(octets) }
      harness.relay.push(address, { type: 'envelopes', items: [item] })
    }
    await until(async () => (await codesIn('bob')).length === 3)
    expect(await codesIn('bob')).toEqual([
      { code: 'seal:unreadable', asked: false, named: false },
      { code: 'seal:unreadable', asked: false, named: false },
      { code: 'seal:malformed', asked: false, named: false },
    ])
    await say(ada, bob, 'after it')
  })
})

describe('tokens', () => {
  it('X-14, X-24: one that was spent before is replaced by another', async () => {
    const [ada, bob] = [await harness.person('ada'), await harness.person('bob')]
    const used: (string | undefined)[] = []
    harness.relay.faults.reject = ({ messageId }) => {
      const now = sealed.requests.at(-1)?.deliveries.find((delivery) => delivery.messageId === messageId)
      if (now !== undefined) used.push(tokenOf(now))
      return used.length === 1 ? 'deliveryTokenInvalid' : undefined
    }
    await say(ada, bob, 'with the second token')
    // The profile's, the one in its place, and the text's; each but the first asked for Bob's devices, too.
    expect(new Set(used).size).toBe(3)
    expect(shownTo(bob)).toEqual([])
  })

  it('X-20, X-23: are taken ahead; without one, the first contact is made in the own name, and it says so', async () => {
    const ada = await harness.person('ada')
    sealed.tokensLeft.set(idOf(ada), 0)
    const [bob, zoe] = [await harness.person('bob'), await harness.open('zoe')]
    await zoe.register({ username: 'zoe' })
    sealed.tokensLeft.set(idOf(zoe), 0)
    await zoe.connect()
    await say(zoe, bob, 'no token')
    expect(await wayOf(zoe, bob)).toBe('identified')
    expect(shownTo(bob).length).toBeGreaterThan(0)
    // Once the key is known, it is not needed any more.
    await say(bob, zoe, 'who are you?')
    await say(zoe, bob, 'Zoe')
    expect(await wayOf(zoe, bob)).toBe('sealed')
  })

  it('X-13: are not taken under a key of which nobody else is told', async () => {
    const ada = await harness.open('ada')
    await ada.register({ username: 'ada' })
    sealed.isMarking = true
    await ada.connect()
    const bob = await harness.person('bob')
    await say(ada, bob, 'unmarked')
    expect(await wayOf(ada, bob)).toBe('identified')
  })
})

describe('the delivery key', () => {
  const keyOf = async (name: string, of: Engine) => {
    const value = await harness.stores.get(name)?.get(conversationKey(idOf(of)))
    return parseRecord(conversationRecord, value ?? null).deliveryKey
  }

  it('X-21: is uploaded again to a relay that lost it', async () => {
    const [ada, bob] = await acquainted()
    sealed.loseStorage(idOf(bob))
    harness.relay.drop(idOf(bob))
    await until(() => sealed.keyVersion(idOf(bob)) === 1)
    await say(ada, bob, 'by the same key')
    expect(await wayOf(ada, bob)).toBe('sealed')
  })

  it('X-10, X-24, X-25: that a block has closed is replaced by tokens, then by the own name, until the new one comes', async () => {
    const [ada, bob] = await acquainted()
    const mallory = await harness.person('mallory')
    await exchange(mallory, bob)
    // Ada does not hear of the new key for now.
    ada.disconnect()
    await bob.decide(idOf(mallory), 'blocked')
    await until(() => sealed.keyVersion(idOf(bob)) === 2)
    await until(() => harness.hasSentAll('bob'))
    const inbox = harness.relay.account(idOf(ada)).inbox(1)
    const held = inbox.items.splice(0)
    inbox.lastSeq -= held.length
    await ada.connect()
    // The first finds out, and those behind it wait for that.
    for (const body of ['with a token', 'and another', 'and a third']) await ada.sendText(idOf(bob), body)
    await until(async () => (await texts(bob, idOf(ada))).length === 5)
    expect((await texts(bob, idOf(ada))).slice(2)).toEqual(['with a token', 'and another', 'and a third'])
    await until(async () => (await wayOf(ada, bob)) === 'token')
    expect((await keyOf('ada', bob))?.isRefused).toBe(true)
    // No receipt of Bob's message is worth a token, or being seen.
    expect(shownTo(bob)).toEqual([])
    for (const { order } of (await harness.stores.get('ada')?.range('meta', 'deliveryTokens')) ?? []) {
      await harness.stores.get('ada')?.commit([{ delete: { collection: 'meta', partition: 'deliveryTokens', order } }])
    }
    sealed.tokensLeft.set(idOf(ada), 0)
    await say(ada, bob, 'seen')
    expect(await wayOf(ada, bob)).toBe('identified')
    await bob.setProfileName('Bob')
    await until(async () => (await keyOf('ada', bob))?.version === 2)
    await say(ada, bob, 'unseen again')
    expect(await wayOf(ada, bob)).toBe('sealed')
  })

  it('X-9, X-27: is one for all devices, also when two make one at the same time', async () => {
    harness.relay.sealed = undefined
    const [ada, bob] = [await harness.person('ada'), await harness.person('bob')]
    const ada2 = await harness.linked('ada2', ada)
    await say(ada, bob, 'before')
    await say(bob, ada2, 'there was sealed sender')
    expect(await wayOf(bob, ada2)).toBe('identified')
    harness.relay.sealed = sealed
    harness.relay.drop()
    await until(() => [ada, bob, ada2].every(({ connection }) => connection === 'online'))
    await until(async () => (await harness.hasSentAll('ada')) && (await harness.hasSentAll('ada2')))
    await until(async () => (await keyOf('bob', ada))?.version === sealed.keyVersion(idOf(ada)))
    await say(bob, ada, 'sealed')
    await until(async () => (await texts(ada2, idOf(bob))).includes('sealed'))
    expect(await wayOf(bob, ada)).toBe('sealed')
  })
})
