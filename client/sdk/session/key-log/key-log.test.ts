import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fromBase64url, toBase64url } from '#protocol/bytes.ts'
import type { KeyLogWait } from './failures.ts'
import { FakeKeyLog } from '../testing/fake-key-log.ts'
import { type Harness, collect, idOf, texts, until } from '../testing/harness.ts'
import { KeyLogScene, forgedList } from '../testing/key-log-scene.ts'

let scene: KeyLogScene
let harness: Harness
let log: FakeKeyLog
beforeEach(() => {
  scene = new KeyLogScene()
  ;({ harness, log } = scene)
})
afterEach(() => scene.close())

describe('with an honest log', () => {
  it('Q-24: a list is looked up once before its devices are written to, and again when it has changed', async () => {
    const [ada, bob] = await scene.acquainted()
    expect(await ada.keyLog.status(idOf(bob))).toMatchObject({
      state: 'proven',
      version: 1,
      log: { origin: 'relay.example/keys', witnesses: [], head: { size: 4 } },
    })
    const lookups = () => log.lookups.filter((account) => account === bob.account).length
    const before = lookups()
    await ada.sendText(idOf(bob), 'more')
    await until(async () => (await texts(bob, ada.account)).includes('more'))
    expect(lookups()).toBe(before)
    const bob2 = await harness.linked('bob2', bob)
    await ada.sendText(idOf(bob), 'to both')
    await until(async () => (await texts(bob2, ada.account)).includes('to both'))
    expect((await ada.keyLog.status(idOf(bob))).version).toBe(2)
    expect([ada.keyLog.evidence(), bob.keyLog.evidence()]).toEqual([[], []])
  })

  it('Q-21: where the deployment has none, nothing is required, until it has one', async () => {
    harness.relay.keyLog = undefined
    const [ada, bob] = await scene.acquainted()
    expect((await ada.keyLog.status(idOf(bob))).state).toBe('unrequired')
    log.record(scene.listOf(ada), scene.listOf(bob))
    harness.relay.keyLog = log
    await scene.reconnect(ada)
    await until(async () => (await ada.keyLog.status(idOf(bob))).log !== undefined)
    await ada.sendText(idOf(bob), 'now proven')
    await until(async () => (await texts(bob, ada.account)).includes('now proven'))
    expect((await ada.keyLog.status(idOf(bob))).state).toBe('proven')
  })

  it('Q-26: what waits for the log is sent in order once it is back, after a restart too, and nothing twice', async () => {
    const [ada, bob] = await scene.acquainted()
    const waiting = collect(ada, 'keyLogWaiting')
    await harness.linked('bob2', bob)
    log.answers = () => undefined
    for (const body of ['one', 'two', 'three']) await ada.sendText(idOf(bob), body)
    await until(() => waiting.length === 1)
    expect(waiting).toEqual([{ account: idOf(bob), reason: 'proofWithheld' }])
    expect(await ada.keyLog.status(idOf(bob))).toMatchObject({ state: 'waiting', reason: 'proofWithheld' })
    expect(scene.devicesReached(idOf(bob))).toEqual(new Set([1]))
    await ada.close()
    const again = await harness.open('ada')
    await again.connect()
    await scene.asked(idOf(bob))
    expect(await texts(bob, again.account)).toEqual(['hello', 'hi'])
    log.answers = (honest) => honest
    await until(async () => (await texts(bob, again.account)).length === 5)
    expect(await texts(bob, again.account)).toEqual(['hello', 'hi', 'one', 'two', 'three'])
    expect(scene.devicesReached(idOf(bob))).toEqual(new Set([1, 2]))
  })

  it('others are written to while one account waits', async () => {
    const [ada, bob] = await scene.acquainted()
    const eve = await harness.person('eve')
    log.answers = (honest, { account }) => (account === eve.account ? undefined : honest)
    await ada.sendText(idOf(eve), 'held')
    await scene.asked(idOf(eve))
    await ada.sendText(idOf(bob), 'not held')
    await until(async () => (await texts(bob, ada.account)).includes('not held'))
    expect(scene.devicesReached(idOf(eve))).toEqual(new Set())
  })
})

describe('a relay that lies', () => {
  it('Q-25, Q-27: swaps a key at first contact: listForged, and nothing is written to the devices that it made up', async () => {
    const [ada, bob] = [await harness.person('ada'), await harness.person('bob')]
    const alarms = collect(ada, 'keyLogAlarm')
    const { lie, truth, end } = await scene.swapKey(bob)
    await ada.sendText(idOf(bob), 'for bob')
    await until(() => alarms.length === 1)
    expect(alarms).toEqual([{ failure: 'listForged', account: idOf(bob) }])
    expect((await ada.keyLog.status(idOf(bob))).state).toBe('stopped')
    expect(scene.devicesReached(idOf(bob))).toEqual(new Set())
    // A restart does not forget it.
    await ada.close()
    const again = await harness.open('ada')
    expect(again.keyLog.alarms()).toMatchObject([{ failure: 'listForged', account: idOf(bob), reach: 'account' }])
    const [evidence] = again.keyLog.evidence()
    expect(evidence?.known).toEqual({ account: idOf(bob), list: lie })
    expect(evidence?.shown).toMatchObject({ entry: { opened: { list: truth } } })
    // The user goes on while the relay still lies: the same again. And when it is honest, the key is the log's.
    await again.connect()
    expect(await again.keyLog.dismiss(idOf(bob))).toBe(true)
    await until(() => again.keyLog.evidence().length === 2)
    expect(scene.devicesReached(idOf(bob))).toEqual(new Set())
    const changes = collect(again, 'identityChanged')
    end()
    await again.keyLog.dismiss(idOf(bob))
    await until(() => changes.length > 0)
    await again.acceptIdentity(idOf(bob))
    await until(async () => (await texts(bob, again.account)).includes('for bob'))
  })

  it('Q-25: hides a device: listOutdated, and nothing is sent until it shows what the log holds', async () => {
    const [ada, bob] = [await harness.person('ada'), await harness.person('bob')]
    const former = scene.keepList(bob)
    const bob2 = await harness.linked('bob2', bob)
    const { end } = former.begin()
    const waiting = collect(ada, 'keyLogWaiting')
    await ada.sendText(idOf(bob), 'for both')
    await until(() => waiting.length === 1)
    expect(waiting).toEqual([{ account: idOf(bob), reason: 'listOutdated' }])
    expect(scene.devicesReached(idOf(bob))).toEqual(new Set())
    end()
    await until(async () => (await texts(bob2, ada.account)).includes('for both'))
    await until(() => waiting.length === 2)
    expect(waiting[1]).toEqual({ account: idOf(bob) })
  })

  it('Q-22, Q-23, Q-26: does not prove what it has to: nothing is sent, why is named, and once it does, all is sent', async () => {
    const ada = await harness.person('ada')
    await until(async () => (await ada.keyLog.status(idOf(ada))).state === 'proven')
    const older = new FakeKeyLog()
    older.record(scene.listOf(ada))
    harness.relay.keyLog = undefined
    const bob = await harness.person('bob')
    harness.relay.keyLog = log
    const waiting = collect(ada, 'keyLogWaiting')
    const because = (reason: KeyLogWait) => until(async () => (await ada.keyLog.status(idOf(bob))).reason === reason)
    const { indexes } = log
    log.indexes = (elements) => ({ evaluated: [...elements], proof: toBase64url(new Uint8Array(64)) })
    await ada.sendText(idOf(bob), 'held')
    await because('indexUnproven')
    log.indexes = indexes
    // The relay shows a list that was never logged.
    await because('listUnlogged')
    log.mapRoot = { at: Date.now() - 48 * 60 * 60_000 }
    log.record(scene.listOf(bob))
    await because('mapRootStale')
    log.mapRoot = {}
    log.record(scene.listOf(bob))
    log.answers = ({ entry: _left, ...honest }) => honest
    await because('entryMissing')
    log.answers = (honest) => ({ ...honest, checkpoint: honest.checkpoint.replace(/(\n— \S+ )./, '$1A') })
    await because('checkpointUnsigned')
    log.answers = (honest, { account }) => (account === bob.account ? undefined : honest)
    await scene.reconnect(ada, true)
    await until(async () => (await ada.keyLog.status(idOf(bob))).log?.head?.size === 6)
    harness.relay.faults.keyLogFor = () => older
    await because('checkpointRolledBack')
    harness.relay.faults = {}
    log.answers = (honest) => ({ ...honest, consistency: '' })
    log.record(scene.listOf(bob))
    await because('consistencyInvalid')
    expect(scene.devicesReached(idOf(bob))).toEqual(new Set())
    expect(await texts(bob, ada.account)).toEqual([])
    log.answers = (honest) => honest
    await until(async () => (await texts(bob, ada.account)).includes('held'))
    expect(waiting.filter(({ account }) => account === bob.account)).toHaveLength(2)
    expect(ada.keyLog.evidence()).toEqual([])
  })

  it('Q-27: signs two heads of one size: checkpointForked, and nothing is sent to anybody, until the user goes on', async () => {
    const [ada, bob] = await scene.acquainted()
    const eve = await harness.person('eve')
    const other = new FakeKeyLog()
    other.record(scene.listOf(ada), scene.listOf(eve), scene.listOf(bob))
    const alarms = collect(ada, 'keyLogAlarm')
    await scene.reconnect(ada, true)
    await until(async () => (await ada.keyLog.status(idOf(bob))).log?.head?.size === 6)
    harness.relay.faults.keyLogFor = (account) => (account === ada.account ? other : undefined)
    await ada.sendText(idOf(eve), 'held')
    await until(() => alarms.length === 1)
    expect(alarms).toEqual([{ failure: 'checkpointForked' }])
    const sent = harness.relay.received.filter((data) => data.includes('"send"')).length
    const id = await ada.sendText(idOf(bob), 'held too')
    await ada.close()
    const again = await harness.open('ada')
    await again.connect()
    await until(() => again.connection === 'online')
    await again.idle()
    expect(harness.relay.received.filter((data) => data.includes('"send"'))).toHaveLength(sent)
    expect((await again.messages(idOf(bob))).find((message) => message.id === id)?.state).toBe('queued')
    // Both heads, each with the log's signature, for whoever wants to see.
    const [evidence] = again.keyLog.evidence()
    const heads = [evidence?.pinned, evidence?.shown].map((side) => JSON.stringify(side))
    for (const head of heads) expect(head).toContain('relay.example/keys\\n6\\n')
    expect(await again.keyLog.dismiss()).toBe(true)
    await until(async () => (await texts(bob, again.account)).includes('held too'))
    await until(async () => (await texts(eve, again.account)).includes('held'))
  })

  it('Q-27: moves a client to another history: checkpointForked, with the proof that the two do not go together', async () => {
    const [ada, bob] = [await harness.person('ada'), await harness.person('bob')]
    log.record(scene.listOf(bob))
    await scene.reconnect(ada, true)
    await until(async () => (await ada.keyLog.status(idOf(ada))).log?.head?.size === 6)
    const other = new FakeKeyLog()
    other.record(scene.listOf(bob), scene.listOf(ada), scene.listOf(ada), scene.listOf(bob))
    harness.relay.faults.keyLogFor = () => other
    await ada.sendText(idOf(bob), 'held')
    await until(() => ada.keyLog.alarms().length === 1)
    expect(ada.keyLog.alarms()).toMatchObject([{ failure: 'checkpointForked', reach: 'everybody' }])
    expect(ada.keyLog.evidence()[0]?.shown).toMatchObject({ consistency: expect.stringMatching(/./) as string })
  })

  it('Q-28: logs a device list that this account did not sign: ownListForged on its next connection', async () => {
    const [ada, bob] = await scene.acquainted()
    const alarms = collect(ada, 'keyLogAlarm')
    log.record((await forgedList(scene.listOf(ada), { version: 2 })).signed)
    await scene.reconnect(ada)
    await until(() => alarms.length === 1)
    expect(alarms).toEqual([{ failure: 'ownListForged' }])
    const id = await ada.sendText(idOf(bob), 'stopped')
    await ada.idle()
    expect((await ada.messages(idOf(bob))).find((message) => message.id === id)?.state).toBe('queued')
    // Decided once: the same list is not brought up again.
    await ada.keyLog.dismiss()
    await until(async () => (await texts(bob, ada.account)).includes('stopped'))
    await scene.reconnect(ada, true)
    expect(alarms).toHaveLength(1)
  })

  it('Q-21: has no log any more: logGone, until it has the same one again', async () => {
    const [ada, bob] = await scene.acquainted()
    const alarms = collect(ada, 'keyLogAlarm')
    harness.relay.keyLog = undefined
    await scene.reconnect(ada)
    await until(() => alarms.length === 1)
    expect(alarms).toEqual([{ failure: 'logGone' }])
    await ada.sendText(idOf(bob), 'held')
    harness.relay.keyLog = log
    await scene.reconnect(ada)
    await until(async () => (await texts(bob, ada.account)).includes('held'))
    expect(ada.keyLog.alarms()).toEqual([])
  })

  it('Q-21: names another key: logKeyChanged, until the user pins it anew', async () => {
    const [ada, bob] = await scene.acquainted()
    const alarms = collect(ada, 'keyLogAlarm')
    const { configuration } = log
    if (configuration === undefined) throw new Error('no log')
    log.configuration = { ...configuration, indexKey: toBase64url(fromBase64url(configuration.indexKey).toReversed()) }
    await scene.reconnect(ada)
    await until(() => alarms.length === 1)
    expect(alarms).toEqual([{ failure: 'logKeyChanged' }])
    await ada.sendText(idOf(bob), 'held')
    log.configuration = configuration
    await ada.keyLog.dismiss()
    await until(async () => (await texts(bob, ada.account)).includes('held'))
  })
})
