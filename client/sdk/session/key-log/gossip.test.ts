import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { toBase64url } from '#protocol/bytes.ts'
import { decodePlaintext, encodeContent } from '#protocol/content/codec.ts'
import type { KnownContent } from '#protocol/content/content.ts'
import type { ToldHead } from '#protocol/content/head.ts'
import { Draft } from '../draft.ts'
import type { Engine } from '../engine.ts'
import { FakeKeyLog } from '../testing/fake-key-log.ts'
import { type Harness, collect, idOf, texts, until } from '../testing/harness.ts'
import { KeyLogScene } from '../testing/key-log-scene.ts'
import type { MovedClock } from '../testing/moved-clock.ts'
import { toyCipher } from '../testing/toy-cipher.ts'
import { HEARD, gossipKey, gossipRecord } from './records.ts'

const HOUR = 60 * 60_000

let scene: KeyLogScene
let harness: Harness
let log: FakeKeyLog
let clock: MovedClock
/** Heads that were told, in order. */
let told: ToldHead[]
/** Their sizes, by the account that they were told to. */
let sizesTold: Map<string, number[]>
/** What liars tell in the place of it. */
let tell: (head: ToldHead) => ToldHead

beforeEach(() => {
  told = []
  sizesTold = new Map()
  tell = (head) => head
  scene = new KeyLogScene({
    cipher: {
      ...toyCipher,
      encrypt: (reader, address, plaintext) => {
        const said = decodePlaintext(plaintext)
        if (said?.head === undefined) return toyCipher.encrypt(reader, address, plaintext)
        const head = tell(said.head)
        told.push(head)
        sizesTold.set(address.account, [...(sizesTold.get(address.account) ?? []), head.size])
        return toyCipher.encrypt(reader, address, encodeContent(said.content as KnownContent, head))
      },
    },
  })
  ;({ harness, log, clock } = scene)
})
afterEach(() => scene.close())

/** The log has another epoch, of now. */
function grow(engine: Engine): void {
  log.record(scene.listOf(engine))
}

async function say(from: Engine, to: Engine, body: string): Promise<void> {
  await from.sendText(idOf(to), body)
  await until(async () => (await texts(to, from.account)).includes(body))
}

/** Heads that a device keeps to compare. */
const waiting = async (name: string) => (await harness.stores.get(name)?.range('meta', HEARD))?.length ?? 0
const compared = (name: string) => until(async () => (await waiting(name)) === 0)

async function gossipOf(name: string, about: string) {
  const store = harness.stores.get(name)
  if (store === undefined) throw new Error('no store')
  return (await new Draft(store).get(gossipRecord, gossipKey(about))) ?? {}
}

describe('what is told', () => {
  it('Q-30: with the first message, and not again where it is known, or for a day', async () => {
    const [ada, bob] = [await harness.person('ada'), await harness.person('bob')]
    await say(ada, bob, 'one')
    await say(ada, bob, 'two')
    // Bob was told this very head, and has it: he does not tell it.
    await say(bob, ada, 'three')
    expect(told).toMatchObject([{ size: 4 }])
    expect(JSON.stringify(told).length).toBeLessThan(220)
    clock.advance(HOUR)
    grow(bob)
    await say(ada, bob, 'four')
    expect(told).toHaveLength(1)
    clock.advance(24 * HOUR)
    grow(bob)
    // The list was proven a day ago: asking again brings a newer head.
    await say(ada, bob, 'five')
    await until(async () => ((await ada.keyLog.status(idOf(bob))).log?.head?.size ?? 0) > 4)
    await say(ada, bob, 'six')
    expect(sizesTold.get(idOf(bob))).toEqual([4, 8])
    // A receipt may tell it back once, from a device that has not yet compared what it was told.
    expect([undefined, [8]]).toContainEqual(sizesTold.get(idOf(ada)))
  })

  it('and own devices tell each other', async () => {
    const ada = await harness.person('ada')
    const ada2 = await harness.linked('ada2', ada)
    const bob = await harness.person('bob')
    await say(ada, bob, 'one')
    await until(async () => (await texts(ada2, bob.account)).includes('one'))
    await compared('ada2')
    expect((await gossipOf('ada2', idOf(ada))).told?.size).toBeGreaterThan(0)
    expect(ada2.keyLog.evidence()).toEqual([])
  })
})

describe('what is heard', () => {
  it('Q-31: heads of other sizes are compared in the public log, without a token, and it is noted that they are known there', async () => {
    const [ada, bob] = [await harness.person('ada'), await harness.person('bob')]
    await say(ada, bob, 'one')
    const eve = await harness.person('eve')
    await say(eve, bob, 'two')
    await compared('bob')
    expect((await gossipOf('bob', idOf(eve))).told?.size).toBe(6)
    expect([ada, bob, eve].flatMap((engine) => engine.keyLog.evidence())).toEqual([])
    expect((await bob.keyLog.status(idOf(eve))).log?.comparedAt).toBeGreaterThan(0)
  })

  it('Q-32: two who are shown different logs for good find out, with both signed notes and the proof', async () => {
    const [ada, bob] = await scene.shownTwoLogs((a, b) => [b, b, a])
    const alarms = collect(bob, 'keyLogAlarm')
    await ada.sendText(idOf(bob), 'hello')
    await until(() => alarms.length > 0)
    expect(alarms).toEqual([{ failure: 'checkpointForked' }])
    const [evidence] = bob.keyLog.evidence()
    expect(evidence?.shown).toMatchObject({
      heard: expect.stringContaining('relay.example/keys\n4\n') as string,
      checkpoint: expect.stringContaining('relay.example/keys\n8\n') as string,
      root: expect.stringMatching(/^[\w-]{43}$/) as string,
      consistency: expect.any(String) as string,
    })
    expect(bob.keyLog.alarms()).toMatchObject([{ reach: 'everybody' }])
    await compared('bob')
  })

  it('Q-32: also when the two have the same size, and then at once', async () => {
    const [ada, bob] = await scene.shownTwoLogs((_, b) => [b])
    harness.relay.faults.publicLogFor = () => {
      throw new Error('nothing is asked')
    }
    await ada.sendText(idOf(bob), 'hello')
    await until(() => bob.keyLog.alarms().length > 0)
    expect(bob.keyLog.evidence()[0]?.shown).toEqual({
      checkpoint: expect.stringContaining('relay.example/keys\n4\n') as string,
    })
  })

  it('Q-32: a relay that publishes another log than it answers from is found out', async () => {
    const [ada, bob] = [await harness.person('ada'), await harness.person('bob')]
    const other = new FakeKeyLog()
    other.record(scene.listOf(bob), scene.listOf(ada), scene.listOf(ada), scene.listOf(bob))
    harness.relay.faults.publicLogFor = () => other
    const eve = await harness.person('eve')
    await say(ada, bob, 'one')
    await eve.sendText(idOf(bob), 'two')
    await until(() => bob.keyLog.alarms().length > 0)
    expect(bob.keyLog.alarms()).toMatchObject([{ failure: 'checkpointForked', reach: 'everybody' }])
  })

  it('Q-33: what the log’s key did not sign, or was said a moment ago, causes nothing', async () => {
    const [ada, bob] = [await harness.person('ada'), await harness.person('bob')]
    tell = (head) => ({ ...head, root: toBase64url(new Uint8Array(32).fill(7)) })
    await say(ada, bob, 'one')
    await compared('bob')
    clock.advance(48 * HOUR)
    grow(ada)
    tell = (head) => ({ ...head, size: 1_000 + told.length })
    harness.relay.faults.publicLogFor = () => {
      throw new Error('nothing is asked')
    }
    for (const body of ['two', 'three', 'four']) {
      await say(ada, bob, body)
      expect(await waiting('bob')).toBeLessThan(2)
    }
    await compared('bob')
    expect(bob.keyLog.evidence()).toEqual([])
  })

  it('Q-33: who speaks of another log is told of, once, and stops nothing', async () => {
    const [ada, bob] = [await harness.person('ada'), await harness.person('bob')]
    const differing = collect(bob, 'keyLogDiffers')
    tell = (head) => ({ ...head, log: 1 })
    await say(ada, bob, 'one')
    expect(differing).toEqual([{ account: idOf(ada) }])
    expect((await bob.keyLog.status(idOf(ada))).otherLogSince).toBeGreaterThan(0)
    expect([bob.keyLog.evidence(), await waiting('bob')]).toEqual([[], 0])
    tell = (head) => head
    clock.advance(48 * HOUR)
    grow(ada)
    bob.disconnect()
    await ada.sendText(idOf(bob), 'two')
    await until(async () => ((await ada.keyLog.status(idOf(bob))).log?.head?.size ?? 0) > 4)
    await ada.sendText(idOf(bob), 'three')
    await until(() => told.length === 2)
    await bob.connect()
    await until(async () => (await bob.keyLog.status(idOf(ada))).otherLogSince === undefined)
    expect(differing).toHaveLength(1)
  })

  it('Q-34: a head whose growth is not shown for a day is told of, also after a restart, and stops nothing', async () => {
    const [ada, bob] = [await harness.person('ada'), await harness.person('bob')]
    await say(bob, ada, 'zero')
    log.isUnpublished = true
    const eve = await harness.person('eve')
    await say(eve, bob, 'one')
    expect(await waiting('bob')).toBe(1)
    await harness.close('bob')
    const again = await harness.open('bob')
    const alarms = collect(again, 'keyLogAlarm')
    await again.connect()
    // The log is there, and says nothing of that head.
    const small = new FakeKeyLog()
    small.record(scene.listOf(ada))
    harness.relay.faults.publicLogFor = () => small
    clock.advance(25 * HOUR)
    await until(() => {
      clock.advance(1_000)
      return alarms.length > 0
    })
    expect(alarms).toEqual([{ failure: 'headUnproven' }])
    expect(again.keyLog.alarms()).toMatchObject([{ reach: 'nobody' }])
    await say(again, ada, 'still')
  })
})
