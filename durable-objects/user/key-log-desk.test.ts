import { beforeEach, describe, expect, it } from 'vitest'
import { sha256 } from '@noble/hashes/sha2.js'
import { fromBase64url, toBase64url } from '#protocol/bytes.ts'
import { opens } from '#protocol/merkle/commitment.ts'
import { readLeaf } from '#protocol/merkle/leaf.ts'
import { indexOf } from '#protocol/merkle/index-oprf.ts'
import { type TestAccount, deviceRecord, nextList, prekeyUpload, testAccount } from '../testing/accounts.ts'
import { BY, relayFor } from '../testing/relays.ts'
import { KEYS, openLog } from '../key-log/testing/logs.ts'
import type { AppendCall, KeyLogCalls, LookupCall } from '../key-log/rpc.ts'
import { KeyLogDesk } from './key-log-desk.ts'
import type { Relay } from './relay.ts'

const VERIFIER_KEY = KEYS.verifierKey
const indexOfAccount = () => toBase64url(indexOf(KEYS.indexKey, account.id))
const open = (known?: string) => desk.open(indexOfAccount(), known, 1_000)

/** A log whose batches are at once, and whose answers can be lost. */
class TestLog implements Pick<KeyLogCalls, 'append' | 'lookup'> {
  readonly appended: number[] = []
  readonly #sequencer = openLog()
  /** What happens to the next calls: nothing, the call never arrives, or its answer does not. */
  faults: ('down' | 'answerLost')[] = []
  /** Runs when the next version has been taken, before that is answered. */
  meanwhile: (() => Promise<void>) | undefined

  async append(call: AppendCall) {
    const fault = this.faults.shift()
    if (fault === 'down') throw new Error('down')
    this.appended.push(call.version)
    if (this.#sequencer.append(call) === 'waiting') this.#sequencer.sequence(1_000)
    const outcome = this.#sequencer.append(call)
    if (fault === 'answerLost') throw new Error('lost')
    const { meanwhile } = this
    this.meanwhile = undefined
    await meanwhile?.()
    if (outcome === 'waiting') throw new Error('not sequenced')
    return outcome
  }

  async lookup({ indexes, since }: LookupCall) {
    return this.#sequencer.lookup(indexes, since)
  }
}

let account: TestAccount
let relay: Relay
let log: TestLog
let desk: KeyLogDesk

beforeEach(async () => {
  account = await testAccount()
  relay = relayFor(account)
  log = new TestLog()
  desk = new KeyLogDesk(KEYS, () => log, relay.account, relay.keyLogOutbox)
})

/** Puts the next list in force. */
async function change(now = 2_000) {
  const { list } = relay.account
  const id = relay.account.highestDevice + 1
  const [first] = list.devices
  const { signed } = nextList(account, list, first === undefined ? [] : [first, deviceRecord(id)])
  return relay.updateDeviceList(signed, [{ device: id, upload: await prekeyUpload(account.identity) }], now, BY)
}

const loggedVersion = () => relay.keyLogOutbox.loggedVersion(VERIFIER_KEY)

describe('handing over', () => {
  it('Q-1: hands every version over, the oldest first, each once', async () => {
    await change()
    await change()
    await Promise.all([desk.handOver(1_000), desk.handOver(1_000)])
    expect([log.appended, loggedVersion(), relay.keyLogOutbox.next]).toEqual([[1, 2, 3], 3, undefined])
  })

  it('Q-1: keeps what the log did not answer, with longer pauses, and gives the same again', async () => {
    log.faults = ['down', 'answerLost']
    await expect(desk.handOver(1_000)).rejects.toThrow('down')
    const first = relay.keyLogOutbox.due ?? 0
    await expect(desk.handOver(first)).rejects.toThrow('lost')
    const second = relay.keyLogOutbox.due ?? 0
    expect(second - first).toBeGreaterThan(first - 1_000)
    await desk.handOver(second)
    expect([log.appended, loggedVersion(), relay.keyLogOutbox.due]).toEqual([[1, 1], 1, undefined])
  })

  it('Q-2: a version that the log has otherwise stays, and is not answered for', async () => {
    await log.append({ index: indexOfAccount(), version: 1, commitment: toBase64url(new Uint8Array(32)) })
    await expect(desk.handOver(1_000)).rejects.toMatchObject({ name: 'KeyLogRefusedError.conflict' })
    await expect(open()).rejects.toMatchObject({ name: 'KeyLogRefusedError.conflict' })
    expect(loggedVersion()).toBe(0)
  })

  it('another log has nothing of the account', async () => {
    await desk.handOver(1_000)
    expect(relay.keyLogOutbox.loggedVersion('another')).toBe(0)
  })
})

describe('what waits', () => {
  it('is bounded: of an account that was never logged the newest stays, and then the list stays as it is', async () => {
    const { keyLogOutbox } = relay
    for (let version = 2; version <= 64; version += 1) keyLogOutbox.note(version, 'AA')
    expect([keyLogOutbox.isFull, keyLogOutbox.refusesMore]).toEqual([true, false])
    keyLogOutbox.note(65, 'AA')
    expect(keyLogOutbox.next?.version).toBe(65)
    keyLogOutbox.logged(VERIFIER_KEY, 65, 'index')
    for (let version = 66; version < 66 + 64; version += 1) keyLogOutbox.note(version, 'AA')
    expect(await change()).toEqual({ ok: false, code: 'relayUnavailable' })
  })
})

describe('opening', () => {
  it('Q-8: hands over what waits before it answers, and opens the newest list', async () => {
    await change()
    const found = await open()
    expect(found).toMatchObject({ ok: true, value: { version: 2, opened: { list: relay.account.signedList } } })
    expect(log.appended).toEqual([1, 2])
    const { leaf = '' } = (await log.lookup({ indexes: [indexOfAccount()], since: 0 })).at[0]?.proof.entry ?? {}
    const read = readLeaf(fromBase64url(leaf))
    if (!found.ok || read?.kind !== 'deviceList') throw new Error('nothing opened')
    const bytes = fromBase64url(relay.account.signedList.bytes)
    expect(opens(fromBase64url(found.value.opened.opening), read.commitment, read, bytes)).toBe(true)
  })

  it('Q-8: leaves out the list that the client has, and no other', async () => {
    const digest = () => toBase64url(sha256(fromBase64url(relay.account.signedList.bytes)))
    const before = digest()
    expect(await open(before)).toMatchObject({ ok: true, value: { version: 1, opened: {} } })
    const known = await open(before)
    expect(known.ok && known.value.opened.list).toBeUndefined()
    await change()
    const changed = await open(before)
    expect(changed.ok && changed.value.opened.list).toEqual(relay.account.signedList)
  })

  it('Q-8: opens one version with its own list when the list changes meanwhile', async () => {
    const before = relay.account.signedList
    log.meanwhile = async () => {
      await change()
    }
    expect(await open()).toMatchObject({ ok: true, value: { version: 1, opened: { list: before } } })
    // The newer one was logged too: whoever compares the versions asks again.
    expect(loggedVersion()).toBe(2)
    expect(await open()).toMatchObject({ ok: true, value: { version: 2 } })
  })

  it('refuses another index than the account has, also once it is noted', async () => {
    const foreign = toBase64url(new Uint8Array(32))
    expect(await desk.open(foreign, undefined, 1_000)).toEqual({ ok: false, code: 'malformed' })
    await open()
    expect(relay.keyLogOutbox.index(VERIFIER_KEY)).toBe(indexOfAccount())
    const again = new KeyLogDesk(KEYS, () => log, relay.account, relay.keyLogOutbox)
    expect(await again.open(foreign, undefined, 1_000)).toEqual({ ok: false, code: 'malformed' })
    expect((await again.open(indexOfAccount(), undefined, 1_000)).ok).toBe(true)
  })
})
