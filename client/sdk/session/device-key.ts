/** The device's Ed25519 key, with which it proves itself to its relay. */

import * as v from 'valibot'
import { fromBase64url, toBase64url } from '#protocol/bytes.ts'
import type { Json } from '../store/store.ts'

export interface DeviceKey {
  /** 32 octets. */
  readonly publicKey: Uint8Array
  sign(message: Uint8Array): Promise<Uint8Array>
}

/**
 * Where device keys live. The engine keeps what `create` says in its store and hands it to `load`: the key itself, or,
 * in a browser, the name under which a non-extractable `CryptoKey` stands in IndexedDB.
 */
export interface DeviceKeyProvider {
  create(): Promise<{ readonly key: DeviceKey; readonly stored: Json }>
  /** @throws DeviceKeyLostError when the key is not there any more */
  load(stored: Json): Promise<DeviceKey>
}

/** The key that this device logs in with is gone, or damaged. Link the device anew. */
export class DeviceKeyLostError extends Error {
  override readonly name = 'DeviceKeyLostError'
  readonly code = 'deviceKeyLost'
  constructor() {
    super('The key of this device cannot be loaded.')
  }
}

const ALGORITHM = { name: 'Ed25519' } as const
const Stored = v.object({ publicKey: v.string(), pkcs8: v.string() })

function deviceKey(publicKey: Uint8Array, privateKey: CryptoKey): DeviceKey {
  return {
    publicKey,
    sign: async (message) => new Uint8Array(await crypto.subtle.sign(ALGORITHM, privateKey, Uint8Array.from(message))),
  }
}

/** The key as PKCS #8 in the engine's own store: for stores that are themselves protected, as the file store is. */
export const storedDeviceKeys: DeviceKeyProvider = {
  async create() {
    const pair = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
    const publicKey = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey))
    const pkcs8 = new Uint8Array(await crypto.subtle.exportKey('pkcs8', pair.privateKey))
    return {
      key: deviceKey(publicKey, pair.privateKey),
      stored: { publicKey: toBase64url(publicKey), pkcs8: toBase64url(pkcs8) },
    }
  },

  async load(stored) {
    const parsed = v.safeParse(Stored, stored)
    if (!parsed.success) throw new DeviceKeyLostError()
    const { publicKey, pkcs8 } = parsed.output
    try {
      const key = await crypto.subtle.importKey('pkcs8', fromBase64url(pkcs8), ALGORITHM, false, ['sign'])
      return deviceKey(fromBase64url(publicKey), key)
    } catch {
      throw new DeviceKeyLostError()
    }
  },
}
