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
})
