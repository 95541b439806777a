import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { toBase64url, utf8 } from '#protocol/bytes.ts'
import { pad } from '#protocol/content/padding.ts'
import { COLLECTIONS } from '../../store/collections.ts'
import type { Engine } from '../engine.ts'
import { drawMessageId } from '../message-id.ts'
import { Harness, collect, idOf, texts, until } from '../testing/harness.ts'
import { MovedClock } from '../testing/moved-clock.ts'
import { nullCipher } from '../testing/null-cipher.ts'
import { BATCH } from './expiry.ts'

const SECRET = 'nobody shall find this'
const HOUR = 60 * 60_000
const ADA = { account: toBase64url(utf8('ada of the tests')), device: 1 }

describe('messages that disappear', () => {
  let clock = new MovedClock()
  let harness = new Harness({ timers: clock, cipher: nullCipher })
  let bob: Engine

  beforeEach(async () => {
    clock = new MovedClock()
    harness = new Harness({ timers: clock, cipher: nullCipher })
    bob = await harness.open('bob')
    await bob.register({ username: 'bob' })
  })
  afterEach(() => harness.close())

  /** Puts something into Bob's inbox. By default Ada wrote it. */
  function deposit(content: object, { from = ADA, messageId = drawMessageId(), at = clock.now() } = {}): string {
    const account = harness.relay.account(idOf(bob))
    const body = toBase64url(Uint8Array.of(1, ...pad(utf8(JSON.stringify(content)))))
    const envelopes = account.list.devices.map(({ id, registrationId }) => ({ device: id, registrationId, body }))
    account.deposit(from, { messageId, to: account.id, deviceListVersion: 1, envelopes }, at, () => undefined)
    return messageId
  }
  const text = (timer?: number, body = SECRET) => ({ kind: 'text', body, ...(timer === undefined ? {} : { timer }) })

  /** Bob reads his inbox. */
  async function fetched(): Promise<void> {
    bob.disconnect()
    const caughtUp = collect(bob, 'caughtUp')
    await bob.connect()
    await until(() => caughtUp.length > 0)
    await bob.idle()
  }

  async function reopened(): Promise<void> {
    await harness.close('bob')
    bob = await harness.open('bob')
  }

  async function stored(): Promise<string> {
    const store = harness.stores.get('bob')
    if (store === undefined) throw new Error('no store')
    const records = await Promise.all(COLLECTIONS.map((collection) => store.all(collection)))
    return JSON.stringify(records)
  }

  it('M-8: go when their time is over after they were read, and leave nothing but that they were there', async () => {
    const expired = collect(bob, 'messagesExpired')
    const began = collect(bob, 'timersBegan')
    deposit(text(undefined, 'stays'))
    const id = deposit(text(60))
    await fetched()
    clock.advance(HOUR)
    await bob.idle()
    expect(await texts(bob, ADA.account)).toEqual(['stays', SECRET])
    expect((await bob.messages(ADA.account)).map(({ timer, expiresAt }) => ({ timer, expiresAt }))).toEqual([
      {},
      { timer: 60, expiresAt: undefined },
    ])
    await bob.markRead(ADA.account)
    expect(began).toHaveLength(1)
    expect((await bob.messages(ADA.account))[1]?.expiresAt).toBe(began[0]?.messages[0]?.expiresAt)
    clock.advance(59_000)
    await bob.idle()
    expect(expired).toEqual([])
    clock.advance(1_000)
    await until(() => expired.length > 0)
    expect(expired).toEqual([{ conversation: ADA.account, ids: [id] }])
    expect(await texts(bob, ADA.account)).toEqual(['stays'])
    expect((await bob.conversations())[0]).toMatchObject({ unread: 0, lastOrder: 2 })
    expect(await stored()).not.toContain(SECRET)
    expect(await stored()).toContain(id)
  })

  it('of a kind that this build does not know go too', async () => {
    deposit({ kind: 'poll', question: SECRET, timer: 1 })
    deposit({ kind: 'poll', question: 'stays', timer: 'soon' })
    await fetched()
    await bob.markRead(ADA.account)
    const expired = collect(bob, 'messagesExpired')
    clock.advance(1_000)
    await until(() => expired.length > 0)
    expect(await stored()).not.toContain(SECRET)
    expect(await stored()).toContain('stays')
  })

  it('are gone before anything is shown, when they fell due while nothing ran', async () => {
    deposit(text(60))
    await fetched()
    await bob.markRead(ADA.account)
    await harness.close('bob')
    clock.advance(HOUR)
    bob = await harness.open('bob')
    expect(await texts(bob, ADA.account)).toEqual([])
    expect(await stored()).not.toContain(SECRET)
  })

  it('are waited for by the next engine too, with one timer, and one far off no longer than platforms can', async () => {
    deposit(text(52 * 7 * 86_400))
    await fetched()
    await bob.markRead(ADA.account)
    await reopened()
    const longWaits = clock.waits().filter((wait) => wait > HOUR)
    expect(longWaits).toHaveLength(1)
    expect(longWaits[0]).toBeLessThanOrEqual(0x7fff_ffff)
    const expired = collect(bob, 'messagesExpired')
    for (let day = 0; day < 51 * 7; day += 1) {
      clock.advance(24 * HOUR)
      await bob.idle()
    }
    expect(expired).toEqual([])
    clock.advance(7 * 24 * HOUR)
    await until(() => expired.length > 0)
  })

  it('M-8: do not come again with a copy of theirs, and their record goes when no copy can come', async () => {
    const id = deposit(text(60))
    await fetched()
    await bob.markRead(ADA.account)
    const [expired, received] = [collect(bob, 'messagesExpired'), collect(bob, 'message')]
    clock.advance(60_000)
    await until(() => expired.length > 0)
    harness.relay.account(idOf(bob)).loseStorage()
    deposit(text(60), { messageId: id })
    deposit({ kind: 'resent', messageId: id, content: text(60) })
    await fetched()
    expect(received).toEqual([])
    expect(await texts(bob, ADA.account)).toEqual([])
    expect((await bob.conversations())[0]?.unread).toBe(0)
    await bob.markRead(ADA.account, id)
    bob.disconnect()
    clock.advance(46 * 24 * HOUR)
    await reopened()
    expect(await stored()).not.toContain(id)
  })

  it('begin to go at the moment that another own device read them, also when both come in one page', async () => {
    const readAt = clock.now() + 1_000
    const id = deposit(text(HOUR / 1_000), { at: readAt - 500 })
    const more = deposit(text(HOUR / 1_000, 'read later'))
    clock.advance(HOUR / 2)
    const from = { account: idOf(bob), device: 2 }
    deposit({ kind: 'syncRead', from: ADA.account, messageIds: [id], at: readAt }, { from })
    await fetched()
    expect((await bob.messages(ADA.account)).map(({ expiresAt }) => expiresAt)).toEqual([readAt + HOUR, undefined])
    expect((await bob.conversations())[0]?.unread).toBe(1)
    deposit({ kind: 'syncRead', from: ADA.account, messageIds: [more], at: clock.now() + 10 * HOUR }, { from })
    await fetched()
    expect((await bob.messages(ADA.account))[1]?.expiresAt).toBeLessThanOrEqual(clock.now() + HOUR)
  })

  it('that another own device sent begin to go when the relay had them, and are sent once under their id', async () => {
    const at = clock.now()
    const messageId = drawMessageId()
    clock.advance(HOUR / 2)
    const from = { account: idOf(bob), device: 2 }
    deposit({ kind: 'syncSent', to: ADA.account, messageId, content: text(HOUR / 1_000) }, { from, at })
    await fetched()
    expect(await bob.messages(ADA.account)).toMatchObject([{ outgoing: true, expiresAt: at + HOUR }])
    const expired = collect(bob, 'messagesExpired')
    clock.advance(HOUR / 2)
    await until(() => expired.length > 0)
    expect(await bob.sendText(ADA.account, SECRET, { id: messageId })).toBe(messageId)
    expect(await texts(bob, ADA.account)).toEqual([])
    expect(await stored()).not.toContain(SECRET)
  })

  it('begin anew by a clock that was set back, and go early by one that was set forward', async () => {
    deposit(text(60))
    await fetched()
    await bob.markRead(ADA.account)
    clock.put(-24 * HOUR)
    await reopened()
    const [message] = await bob.messages(ADA.account)
    expect(message?.expiresAt).toBeLessThanOrEqual(clock.now() + 60_000)
    const expired = collect(bob, 'messagesExpired')
    clock.put(HOUR)
    bob.networkAvailable()
    await until(() => expired.length > 0)
  })

  it('go in batches, each one transaction, however many are due at once', async () => {
    const count = 2 * BATCH + 10
    for (let at = 0; at < count; at += 1) deposit(text(60, `${SECRET} ${at}`))
    deposit(text(undefined, 'stays'))
    await fetched()
    await bob.markRead(ADA.account)
    clock.put(-24 * HOUR)
    bob.networkAvailable()
    await bob.idle()
    const expired = collect(bob, 'messagesExpired')
    clock.advance(60_100)
    await until(() => expired.flatMap(({ ids }) => ids).length === count)
    expect(expired.every(({ ids }) => ids.length <= BATCH)).toBe(true)
    expect(await texts(bob, ADA.account)).toEqual(['stays'])
    expect(await stored()).not.toContain(SECRET)
  })

  it('stay where the store refuses to delete them, and go with the next try', async () => {
    deposit(text(60))
    await fetched()
    await bob.markRead(ADA.account)
    const store = harness.stores.get('bob')
    if (store === undefined) throw new Error('no store')
    const commit = store.commit.bind(store)
    let refusals = 0
    store.commit = () => {
      refusals += 1
      return Promise.reject(new Error('full'))
    }
    const expired = collect(bob, 'messagesExpired')
    bob.disconnect()
    clock.advance(60_000)
    await until(() => refusals > 0)
    expect(expired).toEqual([])
    store.commit = commit
    await bob.idle()
    clock.advance(10_000)
    await until(() => expired.length > 0)
  })
})
