/** Where a browser profile keeps `CryptoKey` objects and the wrapped data key: beside the stores, which hold JSON alone. */

import { openDB, type DBSchema, type IDBPDatabase } from 'idb'
import { namedError } from '#sdk/store/indexeddb-schema.ts'
import type { PassphraseCosts } from './passphrase.ts'
import type { Wrapped } from './wrap.ts'

/** How the data key is wrapped. Exactly one of `device` and `lock` stands. */
export interface VaultRecord {
  readonly version: 1
  readonly device?: { readonly key: CryptoKey; readonly wrapped: Wrapped }
  readonly lock?: PassphraseWrap | PasskeyWrap
  /** Made when the stores are first opened: they keep the key itself, to show it. */
  readonly recovery?: { readonly salt: Uint8Array<ArrayBuffer>; readonly wrapped: Wrapped }
}

export interface PassphraseWrap {
  readonly kind: 'passphrase'
  readonly salt: Uint8Array<ArrayBuffer>
  readonly costs: PassphraseCosts
  readonly wrapped: Wrapped
}

export interface PasskeyWrap {
  readonly kind: 'passkey'
  /** For `navigator.credentials.get`: which credential, and what its PRF is asked. */
  readonly credentialId: string
  readonly prfSalt: string
  readonly salt: Uint8Array<ArrayBuffer>
  readonly wrapped: Wrapped
}

/** A device's Ed25519 key. */
export interface DeviceKeyRecord {
  readonly publicKey: Uint8Array<ArrayBuffer>
  readonly privateKey: CryptoKey
}

interface Schema extends DBSchema {
  vault: { key: 'vault'; value: VaultRecord }
  deviceKeys: { key: string; value: DeviceKeyRecord }
}

export type KeyDatabase = IDBPDatabase<Schema>

/** @throws StoreVersionError, StoreFullError, StoreFailedError */
export async function openKeyDatabase(profile: string): Promise<KeyDatabase> {
  try {
    return await openDB<Schema>(keyDatabaseName(profile), 1, {
      upgrade: (database) => {
        database.createObjectStore('vault')
        database.createObjectStore('deviceKeys')
      },
      // Another connection wants to delete or upgrade it: what is needed of it is in memory by now.
      blocking: (_current, _wanted, event) => (event.target as IDBDatabase).close(),
    })
  } catch (error) {
    throw namedError(`${profile} (keys)`, error)
  }
}

export function keyDatabaseName(profile: string): string {
  return `silentrelay:${profile}.keys`
}
