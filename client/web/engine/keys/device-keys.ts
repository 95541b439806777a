/** The device's Ed25519 key, kept so that this browser profile can sign with it and nobody can copy it out. */

import * as v from 'valibot'
import { randomBytes, toBase64url } from '#protocol/bytes.ts'
import { type DeviceKey, DeviceKeyLostError, type DeviceKeyProvider } from '#sdk/session/device-key.ts'
import type { DeviceKeyRecord, KeyDatabase } from './key-database.ts'

const ALGORITHM = { name: 'Ed25519' } as const
/** What the engine's store keeps: the name under which the key stands. */
const Stored = v.object({ name: v.string() })

export function browserDeviceKeys(database: KeyDatabase): DeviceKeyProvider {
  return {
    async create() {
      const pair = await crypto.subtle.generateKey(ALGORITHM, false, ['sign', 'verify'])
      const publicKey = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey))
      const record: DeviceKeyRecord = { publicKey, privateKey: pair.privateKey }
      const name = toBase64url(randomBytes(16))
      // As durable as the account record that will name it.
      const transaction = database.transaction('deviceKeys', 'readwrite', { durability: 'strict' })
      await Promise.all([transaction.store.put(record, name), transaction.done])
      return { key: deviceKey(record), stored: { name } }
    },

    async load(stored) {
      const parsed = v.safeParse(Stored, stored)
      const record = parsed.success ? await database.get('deviceKeys', parsed.output.name) : undefined
      if (record === undefined) throw new DeviceKeyLostError()
      return deviceKey(record)
    },
  }
}

function deviceKey({ publicKey, privateKey }: DeviceKeyRecord): DeviceKey {
  return {
    publicKey,
    sign: async (message) => new Uint8Array(await crypto.subtle.sign(ALGORITHM, privateKey, Uint8Array.from(message))),
  }
}
