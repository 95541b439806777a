/** Opens an engine: what its store holds, and the platform's parts where none are given. */

import { openMemoryMediaStore } from '../media/memory.ts'
import { RelayHttp } from '../transport/http.ts'
import { platformSocket } from '../transport/socket.ts'
import { platformTimers } from '../transport/timers.ts'
import { type Store, StoreLockedError } from '../store/store.ts'
import { signalCipher } from './cipher.ts'
import { Core, DEFAULT_TIMING, type Platform } from './core.ts'
import { Counters } from './counters.ts'
import { storedDeviceKeys } from './device-key.ts'
import { Engine } from './engine.ts'
import { Emitter } from './events.ts'
import {
  ACCOUNT,
  type Account,
  DEFAULT_SETTINGS,
  SETTINGS,
  type Settings,
  accountRecord,
  parseRecord,
  settingsRecord,
} from './records.ts'
import { SerialQueue } from './serial.ts'

export interface EngineOptions extends Partial<Platform> {
  /** Origin of the relay, e.g. `https://relay.example`. */
  readonly relayUrl: string
  /** Open, and used by nobody else. The engine closes it. */
  readonly store: Store
  /** What holds in place of the defaults until `changeSettings` was called: a program that nobody can ask has `acceptsStrangers`. */
  readonly settings?: Partial<Settings>
}

/** Stores in use: a store object knows its lock, but not that two engines were given it. */
const inUse = new WeakSet<Store>()

/**
 * Opens the engine of the account in `store`; of a new one, when the store is empty.
 *
 * @throws StoreLockedError when another engine has the store
 */
export async function openEngine({ relayUrl, store, settings: chosen, ...given }: EngineOptions): Promise<Engine> {
  if (inUse.has(store)) throw new StoreLockedError('of this engine')
  inUse.add(store)
  try {
    const platform: Platform = {
      fetch: (url, init) => fetch(url, init),
      openSocket: platformSocket,
      timers: platformTimers,
      random: () => Math.random(),
      cipher: signalCipher,
      deviceKeys: storedDeviceKeys,
      timing: DEFAULT_TIMING,
      mediaStore: openMemoryMediaStore(),
      ...given,
    }
    const [account, settings] = await store.getMany([ACCOUNT, SETTINGS])
    const own: Account | undefined = account === undefined ? undefined : parseRecord(accountRecord, account)
    const core = new Core({
      store,
      platform,
      http: new RelayHttp(relayUrl, platform.fetch),
      events: new Emitter(),
      counters: await Counters.read(store),
      serial: new SerialQueue(),
      account: own,
      deviceKey: own === undefined ? undefined : await platform.deviceKeys.load(own.deviceKey),
      settings: settings === undefined ? { ...DEFAULT_SETTINGS, ...chosen } : parseRecord(settingsRecord, settings),
    })
    const engine = new Engine(core, relayUrl, () => inUse.delete(store))
    await engine.load()
    return engine
  } catch (error) {
    inUse.delete(store)
    throw error
  }
}
