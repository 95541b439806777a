import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fromBase64url, toBase64url, utf8 } from '#protocol/bytes.ts'
import { type DeviceList, type SignedDeviceList, parseDeviceList } from '#protocol/device-list.ts'
import { parseUpFrame } from '#protocol/frames/up.ts'
import { INDEX_KEY } from '#protocol/merkle/testing/server.ts'
import { signDeviceList } from '../../crypto/device-list-signature.ts'
import { type KeyPair, generateIdentity } from '../../crypto/keys.ts'
import type { Engine } from '../engine.ts'
import type { KeyLogWait } from './failures.ts'
import { FakeKeyLog } from '../testing/fake-key-log.ts'
import { Harness, collect, idOf, texts, until } from '../testing/harness.ts'
import { toyCipher } from '../testing/toy-cipher.ts'

let harness: Harness
let log: FakeKeyLog
beforeEach(() => {
  harness = new Harness({ cipher: toyCipher })
  log = harness.relay.keyLog = new FakeKeyLog()
})
afterEach(() => harness.close())

function signed(identity: KeyPair, list: DeviceList): SignedDeviceList {
  const bytes = utf8(JSON.stringify(list))
  return { bytes: toBase64url(bytes), signature: toBase64url(signDeviceList(identity, bytes)) }
}

/** What the account's devices made last, as the relay has it. */
function listOf(engine: Engine): SignedDeviceList {
  return harness.relay.account(idOf(engine)).signed
}

/** Devices that envelopes of a message were made for, over all its sends; empty while it was not sent to any. */
function devicesReached(to: string): Set<number> {
  const devices = harness.relay.received.flatMap((data) => {
    const parsed = parseUpFrame(data)
    if (!parsed.ok || parsed.frame.type !== 'send') return []
    return parsed.frame.messages.flatMap((message) => (message.to === to ? message.envelopes : []))
  })
  return new Set(devices.map(({ device }) => device))
}

async function acquainted(): Promise<[Engine, Engine]> {
  const [ada, bob] = [await harness.person('ada'), await harness.person('bob')]
  await ada.sendText(idOf(bob), 'hello')
  await until(async () => (await texts(bob, ada.account)).length === 1)
  await bob.sendText(idOf(ada), 'hi')
  await until(async () => (await texts(ada, bob.account)).length === 2)
  return [ada, bob]
}

/** Resolves when the engine has asked the log for an account `more` times from now. */
async function asked(account: string, more = 2): Promise<void> {
  const count = () => log.lookups.filter((one) => one === account).length
  const before = count()
  await until(() => count() >= before + more)
}

/** Connects anew. @param isLookedUp whether the own account is looked up then */
async function reconnect(engine: Engine, isLookedUp = false): Promise<void> {
  const lookups = () => log.lookups.filter((account) => account === engine.account).length
  const before = lookups()
  engine.disconnect()
  await engine.connect()
  await until(() => engine.connection === 'online' && (!isLookedUp || lookups() > before))
  await engine.idle()
}

describe('with an honest log', () => {
  it('Q-24: a list is looked up once before its devices are written to, and again when it has changed', async () => {
    const [ada, bob] = await acquainted()
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
    const [ada, bob] = await acquainted()
    expect((await ada.keyLog.status(idOf(bob))).state).toBe('unrequired')
    log.record(listOf(ada), listOf(bob))
    harness.relay.keyLog = log
    await reconnect(ada)
    await until(async () => (await ada.keyLog.status(idOf(bob))).log !== undefined)
    await ada.sendText(idOf(bob), 'now proven')
    await until(async () => (await texts(bob, ada.account)).includes('now proven'))
    expect((await ada.keyLog.status(idOf(bob))).state).toBe('proven')
  })

  it('Q-26: what waits for the log is sent in order once it is back, after a restart too, and nothing twice', async () => {
    const [ada, bob] = await acquainted()
    const waiting = collect(ada, 'keyLogWaiting')
    await harness.linked('bob2', bob)
    log.answers = () => undefined
    for (const body of ['one', 'two', 'three']) await ada.sendText(idOf(bob), body)
    await until(() => waiting.length === 1)
    expect(waiting).toEqual([{ account: idOf(bob), reason: 'proofWithheld' }])
    expect(await ada.keyLog.status(idOf(bob))).toMatchObject({ state: 'waiting', reason: 'proofWithheld' })
    expect(devicesReached(idOf(bob))).toEqual(new Set([1]))
    await ada.close()
    const again = await harness.open('ada')
    await again.connect()
    await asked(idOf(bob))
    expect(await texts(bob, again.account)).toEqual(['hello', 'hi'])
    log.answers = (honest) => honest
    await until(async () => (await texts(bob, again.account)).length === 5)
    expect(await texts(bob, again.account)).toEqual(['hello', 'hi', 'one', 'two', 'three'])
    expect(devicesReached(idOf(bob))).toEqual(new Set([1, 2]))
  })

  it('others are written to while one account waits', async () => {
    const [ada, bob] = await acquainted()
    const eve = await harness.person('eve')
    log.answers = (honest, { account }) => (account === eve.account ? undefined : honest)
    await ada.sendText(idOf(eve), 'held')
    await asked(idOf(eve))
    await ada.sendText(idOf(bob), 'not held')
    await until(async () => (await texts(bob, ada.account)).includes('not held'))
    expect(devicesReached(idOf(eve))).toEqual(new Set())
  })
})

describe('a relay that lies', () => {
  it('Q-25, Q-27: swaps a key at first contact: listForged, and nothing is written to the devices that it made up', async () => {
    const [ada, bob] = [await harness.person('ada'), await harness.person('bob')]
    const alarms = collect(ada, 'keyLogAlarm')
    const honest = harness.relay.account(idOf(bob))
    const { signed: truth, list } = honest
    const identity = await generateIdentity()
    const forged = { ...list, identityKey: toBase64url(identity.publicKey) }
    const lie = signed(identity, forged)
    Object.assign(honest, { signed: lie, list: forged })
    await ada.sendText(idOf(bob), 'for bob')
    await until(() => alarms.length === 1)
    expect(alarms).toEqual([{ failure: 'listForged', account: idOf(bob) }])
    expect((await ada.keyLog.status(idOf(bob))).state).toBe('stopped')
    expect(devicesReached(idOf(bob))).toEqual(new Set())
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
    expect(devicesReached(idOf(bob))).toEqual(new Set())
    const changes = collect(again, 'identityChanged')
    Object.assign(honest, { signed: truth, list })
    await again.keyLog.dismiss(idOf(bob))
    await until(() => changes.length > 0)
    await again.acceptIdentity(idOf(bob))
    await until(async () => (await texts(bob, again.account)).includes('for bob'))
  })

  it('Q-25: hides a device: listOutdated, and nothing is sent until it shows what the log holds', async () => {
    const [ada, bob] = [await harness.person('ada'), await harness.person('bob')]
    const account = harness.relay.account(idOf(bob))
    const before = { signed: account.signed, list: account.list }
    const bob2 = await harness.linked('bob2', bob)
    const now = { signed: account.signed, list: account.list }
    Object.assign(account, before)
    const waiting = collect(ada, 'keyLogWaiting')
    await ada.sendText(idOf(bob), 'for both')
    await until(() => waiting.length === 1)
    expect(waiting).toEqual([{ account: idOf(bob), reason: 'listOutdated' }])
    expect(devicesReached(idOf(bob))).toEqual(new Set())
    Object.assign(account, now)
    await until(async () => (await texts(bob2, ada.account)).includes('for both'))
    await until(() => waiting.length === 2)
    expect(waiting[1]).toEqual({ account: idOf(bob) })
  })

  it('Q-22, Q-23, Q-26: does not prove what it has to: nothing is sent, why is named, and once it does, all is sent', async () => {
    const ada = await harness.person('ada')
    await until(async () => (await ada.keyLog.status(idOf(ada))).state === 'proven')
    const older = new FakeKeyLog()
    older.record(listOf(ada))
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
    log.record(listOf(bob))
    await because('mapRootStale')
    log.mapRoot = {}
    log.record(listOf(bob))
    log.answers = ({ entry: _left, ...honest }) => honest
    await because('entryMissing')
    log.answers = (honest) => ({ ...honest, checkpoint: honest.checkpoint.replace(/(\n— \S+ )./, '$1A') })
    await because('checkpointUnsigned')
    log.answers = (honest, { account }) => (account === bob.account ? undefined : honest)
    await reconnect(ada, true)
    await until(async () => (await ada.keyLog.status(idOf(bob))).log?.head?.size === 6)
    harness.relay.faults.keyLogFor = () => older
    await because('checkpointRolledBack')
    harness.relay.faults = {}
    log.answers = (honest) => ({ ...honest, consistency: '' })
    log.record(listOf(bob))
    await because('consistencyInvalid')
    expect(devicesReached(idOf(bob))).toEqual(new Set())
    expect(await texts(bob, ada.account)).toEqual([])
    log.answers = (honest) => honest
    await until(async () => (await texts(bob, ada.account)).includes('held'))
    expect(waiting.filter(({ account }) => account === bob.account)).toHaveLength(2)
    expect(ada.keyLog.evidence()).toEqual([])
  })

  it('Q-27: signs two heads of one size: checkpointForked, and nothing is sent to anybody, until the user goes on', async () => {
    const [ada, bob] = await acquainted()
    const eve = await harness.person('eve')
    const other = new FakeKeyLog()
    other.record(listOf(ada), listOf(eve), listOf(bob))
    const alarms = collect(ada, 'keyLogAlarm')
    await reconnect(ada, true)
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
    log.record(listOf(bob))
    await reconnect(ada, true)
    await until(async () => (await ada.keyLog.status(idOf(ada))).log?.head?.size === 6)
    const other = new FakeKeyLog()
    other.record(listOf(bob), listOf(ada), listOf(ada), listOf(bob))
    harness.relay.faults.keyLogFor = () => other
    await ada.sendText(idOf(bob), 'held')
    await until(() => ada.keyLog.alarms().length === 1)
    expect(ada.keyLog.alarms()).toMatchObject([{ failure: 'checkpointForked', reach: 'everybody' }])
    expect(ada.keyLog.evidence()[0]?.shown).toMatchObject({ consistency: expect.stringMatching(/./) as string })
  })

  it('Q-28: logs a device list that this account did not sign: ownListForged on its next connection', async () => {
    const [ada, bob] = await acquainted()
    const alarms = collect(ada, 'keyLogAlarm')
    const identity = await generateIdentity()
    const list = parseDeviceList(listOf(ada))
    if (list === undefined) throw new Error('no list')
    log.record(signed(identity, { ...list, version: 2, identityKey: toBase64url(identity.publicKey) }))
    await reconnect(ada)
    await until(() => alarms.length === 1)
    expect(alarms).toEqual([{ failure: 'ownListForged' }])
    const id = await ada.sendText(idOf(bob), 'stopped')
    await ada.idle()
    expect((await ada.messages(idOf(bob))).find((message) => message.id === id)?.state).toBe('queued')
    // Decided once: the same list is not brought up again.
    await ada.keyLog.dismiss()
    await until(async () => (await texts(bob, ada.account)).includes('stopped'))
    await reconnect(ada, true)
    expect(alarms).toHaveLength(1)
  })

  it('names a map root under another index key: indexKeyChanged', async () => {
    const [ada, bob] = [await harness.person('ada'), await harness.person('bob')]
    const alarms = collect(ada, 'keyLogAlarm')
    log.mapRoot = { indexKey: INDEX_KEY.publicKey.toReversed() }
    log.record(listOf(bob))
    await ada.sendText(idOf(bob), 'held')
    await until(() => alarms.length === 1)
    expect(alarms[0]?.failure).toBe('indexKeyChanged')
  })

  it('Q-21: has no log any more: logGone, until it has the same one again', async () => {
    const [ada, bob] = await acquainted()
    const alarms = collect(ada, 'keyLogAlarm')
    harness.relay.keyLog = undefined
    await reconnect(ada)
    await until(() => alarms.length === 1)
    expect(alarms).toEqual([{ failure: 'logGone' }])
    await ada.sendText(idOf(bob), 'held')
    harness.relay.keyLog = log
    await reconnect(ada)
    await until(async () => (await texts(bob, ada.account)).includes('held'))
    expect(ada.keyLog.alarms()).toEqual([])
  })

  it('Q-21: names another key: logKeyChanged, until the user pins it anew', async () => {
    const [ada, bob] = await acquainted()
    const alarms = collect(ada, 'keyLogAlarm')
    const { configuration } = log
    if (configuration === undefined) throw new Error('no log')
    log.configuration = { ...configuration, indexKey: toBase64url(fromBase64url(configuration.indexKey).toReversed()) }
    await reconnect(ada)
    await until(() => alarms.length === 1)
    expect(alarms).toEqual([{ failure: 'logKeyChanged' }])
    await ada.sendText(idOf(bob), 'held')
    log.configuration = configuration
    await ada.keyLog.dismiss()
    await until(async () => (await texts(bob, ada.account)).includes('held'))
  })
})
