import { afterEach, describe, expect, it } from 'vitest'
import { platformTimers } from '../transport/timers.ts'
import { Harness, idOf, texts, until } from './testing/harness.ts'

const DAY = 86_400_000

describe('prekeys of a device', () => {
  let shift = 0
  const timers = { ...platformTimers, now: () => Date.now() + shift }
  const harness = new Harness({ timers })
  afterEach(() => harness.close())

  /** Reconnects a device `days` later: rotation is looked at on each connection. */
  const reopen = async (name: string, days: number) => {
    await harness.close(name)
    shift += days * DAY
    const engine = await harness.open(name)
    await engine.connect()
    await until(() => engine.connection === 'online')
    return engine
  }
  const signedIds = async (name: string) =>
    ((await harness.stores.get(name)?.range('prekey', 'signed')) ?? []).map(({ order }) => order)

  it('the signed prekey is rotated each week; its predecessors still open messages for a month, and then go', async () => {
    const bob = await harness.person('bob')
    const account = idOf(bob)
    const there = () => harness.relay.account(account).status(1).signedPrekeyId
    expect(there()).toBe(1)
    await reopen('bob', 6)
    expect(there()).toBe(1)
    await reopen('bob', 2)
    await until(() => there() === 2)
    expect(await signedIds('bob')).toEqual([1, 2])

    // A session that was started with the former one, by a sender that had fetched it before.
    await harness.close('bob')
    const ada = await harness.person('ada')
    await ada.sendText(account, 'hello')
    await until(() => harness.hasSentAll('ada'))
    const later = await reopen('bob', 8)
    await until(() => there() === 3)
    await until(async () => (await texts(later, idOf(ada))).length === 1)
    expect(await signedIds('bob')).toEqual([1, 2, 3])

    await reopen('bob', 31)
    await until(() => there() === 4)
    expect(await signedIds('bob')).toEqual([3, 4])
  })

  it('P-10: a device that stays connected renews its signed prekey when its relay reminds it', async () => {
    const cleo = await harness.person('cleo')
    const account = idOf(cleo)
    const there = () => harness.relay.account(account).status(1).signedPrekeyId
    await cleo.connect()
    await until(() => cleo.connection === 'online')
    shift += 15 * DAY
    harness.relay.push({ account, device: 1 }, { type: 'prekeysLow', oneTimeCount: 100 })
    await until(() => there() === 2)
  })

  it('V-11: a device that is not in use is told from the others', async () => {
    const dora = await harness.person('dora')
    harness.relay.idleDevices = [{ device: 1, since: 7 * DAY }]
    expect(await dora.devices()).toEqual([{ id: 1, isThis: true }])
    const again = await reopen('dora', 0)
    await until(async () => (await again.devices())[0]?.idleSince === 7 * DAY)
  })
})
