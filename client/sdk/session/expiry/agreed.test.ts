import { afterEach, describe, expect, it } from 'vitest'
import { toBase64url, utf8 } from '#protocol/bytes.ts'
import { pad } from '#protocol/content/padding.ts'
import { LIMITS } from '#protocol/limits.ts'
import { COLLECTIONS } from '../../store/collections.ts'
import type { Engine } from '../engine.ts'
import { drawMessageId } from '../message-id.ts'
import { SENT_LOG } from '../records.ts'
import { Harness, collect, idOf, texts, until } from '../testing/harness.ts'
import { MovedClock } from '../testing/moved-clock.ts'
import { nullCipher } from '../testing/null-cipher.ts'

const SECRET = 'nobody shall find this'
const HOUR = 60 * 60_000

describe('the timer of a conversation of two', () => {
  let clock = new MovedClock()
  let harness = new Harness({ timers: clock, cipher: nullCipher })
  afterEach(async () => {
    await harness.close()
    clock = new MovedClock()
    harness = new Harness({ timers: clock, cipher: nullCipher })
  })

  const timerOf = async (engine: Engine, other: Engine) =>
    (await engine.conversations()).find(({ account }) => account === other.account)?.timer
  const changesOf = async (engine: Engine, other: Engine) =>
    (await engine.messages(idOf(other))).flatMap(({ content }) =>
      content.kind === 'groupEvent' && content.event.event === 'timer' ? [content.event] : [],
    )
  const recordsOf = async (name: string, ...names: (typeof COLLECTIONS)[number][]) =>
    JSON.stringify(
      await Promise.all(
        (names.length === 0 ? COLLECTIONS : names).map(async (one) => harness.stores.get(name)?.all(one)),
      ),
    )

  async function four() {
    const [ada, bob] = [await harness.person('ada'), await harness.person('bob')]
    const [ada2, bob2] = [await harness.linked('ada2', ada), await harness.linked('bob2', bob)]
    return { ada, bob, ada2, bob2, all: [ada, ada2, bob, bob2] as const }
  }
  const otherOf = (engine: Engine, { ada, bob }: { ada: Engine; bob: Engine }) =>
    engine.account === ada.account ? bob : ada

  it('M-9: is set by either side for both, with all their devices, told in the timeline, and each text says it', async () => {
    const people = await four()
    const { ada, bob, ada2, bob2, all } = people
    await ada.setTimer(idOf(bob), 60)
    for (const engine of all) await until(async () => (await timerOf(engine, otherOf(engine, people))) === 60)
    expect(await timerOf(await harness.linked('ada3', ada), bob)).toBe(60)
    await bob2.sendText(idOf(ada), 'goes')
    await until(async () => (await ada2.messages(idOf(bob))).at(-1)?.timer === 60)
    await bob2.setTimer(idOf(ada), 0)
    await bob2.setTimer(idOf(ada), 0)
    for (const engine of all) await until(async () => (await timerOf(engine, otherOf(engine, people))) === undefined)
    await ada2.sendText(idOf(bob), 'stays')
    await until(async () => (await texts(bob, ada.account)).includes('stays'))
    expect((await bob.messages(idOf(ada))).at(-1)?.timer).toBeUndefined()
    for (const engine of all) {
      expect(await changesOf(engine, otherOf(engine, people))).toEqual([
        { event: 'timer', by: ada.account, seconds: 60 },
        { event: 'timer', by: bob.account, seconds: 0 },
      ])
      expect((await engine.conversations())[0]?.unread).toBe(1)
    }
    await expect(ada.setTimer(idOf(bob), 0.5)).rejects.toMatchObject({ code: 'contentInvalid' })
  })

  it('M-9: of changes that were made at the same time, the same one counts everywhere', async () => {
    const people = await four()
    const { ada, bob, ada2, all } = people
    await ada.sendText(idOf(bob), 'hello')
    await until(async () => (await texts(ada2, bob.account)).length === 1)
    for (const engine of all) engine.disconnect()
    await Promise.all([ada.setTimer(idOf(bob), 60), ada2.setTimer(idOf(bob), 120), bob.setTimer(idOf(ada), 3_600)])
    for (const engine of all) await engine.connect()
    for (const engine of all) await until(async () => (await changesOf(engine, otherOf(engine, people))).length === 3)
    const timers = await Promise.all(all.map((engine) => timerOf(engine, otherOf(engine, people))))
    expect(timers).toEqual(timers.map(() => timers[0]))
    // Whoever changes it now knows them all.
    await ada2.setTimer(idOf(bob), 1)
    for (const engine of all) await until(async () => (await timerOf(engine, otherOf(engine, people))) === 1)
  })

  it('M-9: nobody counts so far ahead that no change counts after it, and a later one may overtake an earlier one', async () => {
    const bob = await harness.person('bob')
    const ada = { account: toBase64url(utf8('ada of the tests')), device: 1 }
    const account = harness.relay.account(idOf(bob))
    const deposit = (revision: number, seconds: number) => {
      const content = { kind: 'timer', revision, seconds }
      const body = toBase64url(Uint8Array.of(1, ...pad(utf8(JSON.stringify(content)))))
      const envelopes = account.list.devices.map(({ id, registrationId }) => ({ device: id, registrationId, body }))
      const messageId = drawMessageId()
      account.deposit(ada, { messageId, to: account.id, deviceListVersion: 1, envelopes }, clock.now(), () => undefined)
    }
    bob.disconnect()
    deposit(Number.MAX_SAFE_INTEGER, 1)
    deposit(LIMITS.revisionStep + 1, 2)
    deposit(2, 20)
    deposit(1, 10)
    const caughtUp = collect(bob, 'caughtUp')
    await bob.connect()
    await until(() => caughtUp.length > 0)
    await bob.idle()
    expect((await bob.conversations())[0]?.timer).toBe(20)
    const seconds = (await bob.messages(ada.account)).map(({ content }) =>
      content.kind === 'groupEvent' && content.event.event === 'timer' ? content.event.seconds : 0,
    )
    expect(seconds).toEqual([20, 10])
  })

  it('M-8: what disappears leaves nothing in what was sent either, and is not sent again', async () => {
    const { ada, bob, ada2, bob2 } = await four()
    await ada.setTimer(idOf(bob), 60)
    const id = await ada.sendText(idOf(bob), SECRET)
    await until(async () => (await texts(ada2, bob.account)).includes(SECRET))
    await until(async () => (await texts(bob2, ada.account)).includes(SECRET))
    await until(() => harness.hasSentAll('ada'))
    expect(await recordsOf('ada', 'outbox')).toContain(SECRET)
    const expired = collect(ada, 'messagesExpired')
    clock.advance(61_000)
    await until(() => expired.length > 0)
    expect(await recordsOf('ada')).not.toContain(SECRET)
    expect(await texts(bob, ada.account)).toContain(SECRET)
    const log = (await harness.stores.get('ada')?.range('outbox', SENT_LOG)) ?? []
    expect(log.length).toBeGreaterThan(0)
    expect(JSON.stringify(log)).not.toContain(id)
  })

  it('is enforced by what waits for own devices that are away, and before an engine that was closed shows anything', async () => {
    // Retries wait a moment, in which others run.
    harness = new Harness({ timers: clock, cipher: nullCipher, random: () => 0.1 })
    const { ada, bob, ada2 } = await four()
    await ada.setTimer(idOf(bob), 60)
    // The relay takes what goes to Bob, and nothing for the own device.
    harness.relay.faults.reject = ({ to }) => (to === ada.account ? 'relayUnavailable' : undefined)
    await ada.sendText(idOf(bob), SECRET)
    await until(async () => (await ada.messages(idOf(bob))).at(-1)?.state === 'sent')
    await harness.close('ada')
    clock.advance(HOUR)
    const again = await harness.open('ada')
    expect(await texts(again, bob.account)).toEqual(['groupEvent'])
    expect(await recordsOf('ada')).not.toContain(SECRET)
    harness.relay.faults = {}
    await again.connect()
    await again.sendText(idOf(bob), 'after')
    await until(async () => (await texts(ada2, bob.account)).includes('after'))
    expect(await texts(ada2, bob.account)).not.toContain(SECRET)
  })
})
