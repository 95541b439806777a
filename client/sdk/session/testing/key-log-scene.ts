/** Engines on a relay with a key log, and what such a relay lies about keys with: for tests. */

import { toBase64url, utf8 } from '#protocol/bytes.ts'
import { type DeviceList, type SignedDeviceList, parseDeviceList } from '#protocol/device-list.ts'
import { parseUpFrame } from '#protocol/frames/up.ts'
import { signDeviceList } from '../../crypto/device-list-signature.ts'
import { type KeyPair, generateIdentity } from '../../crypto/keys.ts'
import type { Engine } from '../engine.ts'
import type { EngineOptions } from '../open-engine.ts'
import { FakeKeyLog } from './fake-key-log.ts'
import { Harness, idOf, texts, until } from './harness.ts'
import { MovedClock } from './moved-clock.ts'
import { toyCipher } from './toy-cipher.ts'

export class KeyLogScene {
  readonly clock = new MovedClock()
  readonly harness: Harness
  readonly log = new FakeKeyLog(() => this.clock.now())
  /** What chance gives: 0 takes away all pauses before something is tried again. */
  random = 0

  constructor(options: Partial<EngineOptions> = {}) {
    this.harness = new Harness({ cipher: toyCipher, timers: this.clock, random: () => this.random, ...options })
    this.harness.relay.keyLog = this.log
  }

  close(): Promise<void> {
    return this.harness.close()
  }

  /** Two people who have written to each other. */
  async acquainted(): Promise<[Engine, Engine]> {
    const [ada, bob] = [await this.harness.person('ada'), await this.harness.person('bob')]
    await ada.sendText(idOf(bob), 'hello')
    await until(async () => (await texts(bob, ada.account)).length === 1)
    await bob.sendText(idOf(ada), 'hi')
    await until(async () => (await texts(ada, bob.account)).length === 2)
    return [ada, bob]
  }

  /** What the account's devices made last, as the relay has it. */
  listOf(engine: Engine): SignedDeviceList {
    return this.harness.relay.account(idOf(engine)).signed
  }

  /** Devices that envelopes of a message were made for, over all its sends; empty while it was not sent to any. */
  devicesReached(to: string): Set<number> {
    const devices = this.harness.relay.received.flatMap((data) => {
      const parsed = parseUpFrame(data)
      if (!parsed.ok || parsed.frame.type !== 'send') return []
      return parsed.frame.messages.flatMap((message) => (message.to === to ? message.envelopes : []))
    })
    return new Set(devices.map(({ device }) => device))
  }

  /** Resolves when an engine has asked the log for an account `more` times from now. */
  async asked(account: string, more = 2): Promise<void> {
    const before = this.#lookups(account)
    await until(() => this.#lookups(account) >= before + more)
  }

  /** Connects anew. @param isLookedUp whether the own account is looked up then */
  async reconnect(engine: Engine, isLookedUp = false): Promise<void> {
    const account = idOf(engine)
    const before = this.#lookups(account)
    engine.disconnect()
    await engine.connect()
    await until(() => engine.connection === 'online' && (!isLookedUp || this.#lookups(account) > before))
    await engine.idle()
  }

  /** Resolves when an engine has pinned the log at this size. */
  pinnedAt(engine: Engine, size: number): Promise<void> {
    return until(async () => (await engine.keyLog.status(idOf(engine))).log?.head?.size === size)
  }

  /** The relay shows a list of a key of its own for an account. Answers both lists, and what ends it. */
  async swapKey(engine: Engine): Promise<{ lie: SignedDeviceList; truth: SignedDeviceList; end: () => void }> {
    const account = this.harness.relay.account(idOf(engine))
    const { signed: truth, list } = account
    const { signed: lie, list: forged } = await forgedList(list)
    Object.assign(account, { signed: lie, list: forged })
    return { lie, truth, end: () => Object.assign(account, { signed: truth, list }) }
  }

  /** The relay goes on showing an account's list of now, whatever comes after, from the moment that `begin` is called. */
  keepList(engine: Engine): { begin: () => { end: () => void } } {
    const account = this.harness.relay.account(idOf(engine))
    const before = { signed: account.signed, list: account.list }
    return {
      begin: () => {
        const now = { signed: account.signed, list: account.list }
        Object.assign(account, before)
        return { end: () => Object.assign(account, now) }
      },
    }
  }

  /** Two people, of whom the relay shows the second another log in every way, which has `lists` of the two. */
  async shownTwoLogs(lists: (ada: Engine, bob: Engine) => Engine[]): Promise<[Engine, Engine]> {
    const ada = await this.harness.person('ada')
    const other = new FakeKeyLog()
    other.record(this.listOf(ada))
    this.harness.relay.faults = {
      keyLogFor: (account) => (account === ada.account ? undefined : other),
      publicLogFor: (reader) => (reader === 'bob' ? other : undefined),
    }
    const bob = await this.harness.person('bob')
    other.record(...lists(ada, bob).map((engine) => this.listOf(engine)))
    await until(async () => (await bob.keyLog.status(idOf(bob))).state === 'proven')
    return [ada, bob]
  }

  #lookups(account: string): number {
    return this.log.lookups.filter((one) => one === account).length
  }
}

/** A list as it would be signed by this identity. */
export function signedBy(identity: KeyPair, list: DeviceList): SignedDeviceList {
  const bytes = utf8(JSON.stringify(list))
  return { bytes: toBase64url(bytes), signature: toBase64url(signDeviceList(identity, bytes)) }
}

/** A list in another's name, under a key that somebody else has. */
export async function forgedList(
  honest: DeviceList | SignedDeviceList,
  changes: Partial<DeviceList> = {},
): Promise<{ signed: SignedDeviceList; list: DeviceList }> {
  const known = 'bytes' in honest ? parseDeviceList(honest) : honest
  if (known === undefined) throw new Error('no list')
  const identity = await generateIdentity()
  const list = { ...known, ...changes, identityKey: toBase64url(identity.publicKey) }
  return { signed: signedBy(identity, list), list }
}
