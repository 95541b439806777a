/** This browser profile's real, encrypted stores, opened where no engine runs: it takes their locks. No part of the client. */

import { openIndexedDbStore } from '#sdk/store/indexeddb.ts'
import type { Store } from '#sdk/store/store.ts'
import { openKeyDatabase } from '../engine/keys/key-database.ts'
import { Vault } from '../engine/keys/vault.ts'
import { openEncryptingStore } from '../engine/store/encrypting-store.ts'

const PROFILE = 'default'
/** The former engine may still be closing its store, in milliseconds. */
const WAIT_MS = 30_000

export async function openStore(which: 'account' | 'ui'): Promise<Store> {
  const keys = await openKeyDatabase(PROFILE)
  try {
    const vault = await Vault.open(keys)
    const name = `${PROFILE}.${which}`
    return await openEncryptingStore(await openIndexedDbStore(name, { waitMs: WAIT_MS }), name, vault.dataKey)
  } finally {
    keys.close()
  }
}
