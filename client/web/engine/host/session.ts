/** From the data key to a running engine. */

import { type EngineOptions, openEngine } from '#sdk/session/open-engine.ts'
import type { MediaStore } from '#sdk/media/media-store.ts'
import type { Store } from '#sdk/store/store.ts'
import type { EngineEvent } from '../api.ts'
import { EngineService } from '../engine-service.ts'
import { browserDeviceKeys } from '../keys/device-keys.ts'
import type { KeyDatabase } from '../keys/key-database.ts'
import type { Vault } from '../keys/vault.ts'
import { openEncryptingStore } from '../store/encrypting-store.ts'

export interface SessionOptions {
  readonly profile: string
  readonly build: string
  /** Origin of the relay. */
  readonly relay: string
  /** Opens a store by its name, exclusively. */
  readonly openStore: (name: string) => Promise<Store>
  /** Opens the octets of files, by the account's name. */
  readonly openMediaStore: (name: string) => MediaStore
  /** For tests: what the engine uses instead of the platform's, and of the defaults. */
  readonly platform?: Partial<EngineOptions>
}

/** @param vault open */
export async function openSession(
  { profile, build, relay, openStore, openMediaStore, platform = {} }: SessionOptions,
  database: KeyDatabase,
  vault: Vault,
  emit: (event: EngineEvent) => void,
): Promise<EngineService> {
  const opened: { close(): Promise<void> }[] = []
  const open = async (name: string) => {
    const outer = await openStore(name)
    opened.push(outer)
    return openEncryptingStore(outer, name, vault.dataKey)
  }
  try {
    const store = await open(`${profile}.account`)
    const uiStore = await open(`${profile}.ui`)
    const engine = await openEngine({
      relayUrl: relay,
      store,
      deviceKeys: browserDeviceKeys(database),
      mediaStore: openMediaStore(profile),
      ...platform,
    })
    opened.unshift(engine)
    return await EngineService.open({
      engine,
      store,
      uiStore,
      build,
      relay,
      emit,
      appLock: () => vault.appLock,
      makeRecoveryKey: () => vault.makeRecoveryKey(),
    })
  } catch (error) {
    await Promise.allSettled(opened.map((part) => part.close()))
    throw error
  }
}
