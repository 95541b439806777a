/**
 * This device's sealing keys: one in force, which stands in the account's signed list, and former ones for what may still come (SPEC, X-3 and X-28).
 * A new one is stored before it is signed into the list, so that after a crash in between it is signed then.
 */

import { fromBase64url, toBase64url } from '#protocol/bytes.ts'
import { type SealingKeyPair, generateSealingKey } from '../../crypto/sealing.ts'
import type { Core } from '../core.ts'
import type { Devices } from '../devices.ts'
import { knownDeviceList } from '../directory.ts'
import { SEALING_KEYS, type SealingKeyRecord, parseRecord, sealingKeyKey, sealingKeyRecord } from '../records.ts'

const DAY_MS = 24 * 60 * 60_000
/** How long a key is in force. Each change is a version of the list, which every contact has the key log prove. */
const LIFE_MS = 30 * DAY_MS
/** How long a former one opens: as long as an inbox keeps anything, and a day more. */
const KEPT_MS = 31 * DAY_MS

interface Kept {
  readonly order: number
  readonly value: SealingKeyRecord
}

export class SealingKeys {
  readonly #core: Core
  readonly #devices: Devices
  #pairs: SealingKeyPair[] | undefined

  constructor(core: Core, devices: Devices) {
    this.#core = core
    this.#devices = devices
  }

  /** What may be sealed to: the present key, and former ones. */
  async pairs(): Promise<readonly SealingKeyPair[]> {
    this.#pairs ??= (await this.#kept()).map(({ value: { publicKey, privateKey } }) => ({
      publicKey: fromBase64url(publicKey),
      privateKey: fromBase64url(privateKey),
    }))
    return this.#pairs
  }

  /**
   * Has a key of this device in the account's list, a new one when the present one is old, and deletes those that nothing can be sealed to any more.
   *
   * @throws RelayError, OfflineError
   */
  async follow(): Promise<void> {
    const { account, device } = this.#core.requireAccount()
    const list = await this.#core.transact((draft) => knownDeviceList(draft, account))
    const listed = list?.devices.find(({ id }) => id === device)
    if (listed === undefined) return
    const present = await this.#present(listed.sealingKey)
    if (present === undefined) return
    if (present !== listed.sealingKey) {
      await this.#devices.update(({ devices }) => ({
        devices: devices.map((one) => (one.id === device ? { ...one, sealingKey: present } : one)),
      }))
    }
    await this.#retireOthers(present)
  }

  /** The key that is to be in force: what is, the newest one that was made and is not yet, or one that is made now. */
  async #present(listed: string | undefined): Promise<string | undefined> {
    const newest = (await this.#kept()).at(-1)
    if (newest === undefined) return this.#make(1)
    const { publicKey, listedAt } = newest.value
    const isDue = publicKey === listed && listedAt !== undefined && listedAt + LIFE_MS <= this.#core.now()
    return isDue ? this.#make(newest.order + 1) : publicKey
  }

  async #make(order: number): Promise<string> {
    const record = await newSealingKey()
    await this.#core.transact((draft) => {
      draft.put(sealingKeyRecord, sealingKeyKey(order), record)
      return Promise.resolve()
    })
    this.#pairs = undefined
    return record.publicKey
  }

  /** Once the list has `present`. */
  async #retireOthers(present: string): Promise<void> {
    const now = this.#core.now()
    const kept = await this.#kept()
    await this.#core.transact((draft) => {
      for (const { order, value } of kept) {
        if (value.publicKey === present) {
          if (value.listedAt === undefined)
            draft.put(sealingKeyRecord, sealingKeyKey(order), { ...value, listedAt: now })
        } else if (value.retiredAt === undefined) {
          draft.put(sealingKeyRecord, sealingKeyKey(order), { ...value, retiredAt: now })
        } else if (value.retiredAt + KEPT_MS <= now) {
          draft.delete(sealingKeyKey(order))
          this.#pairs = undefined
        }
      }
      return Promise.resolve()
    })
  }

  async #kept(): Promise<Kept[]> {
    const found = await this.#core.store.range('prekey', SEALING_KEYS)
    return found.map(({ order, value }) => ({ order, value: parseRecord(sealingKeyRecord, value) }))
  }
}

/** A new sealing key, as it is kept. */
export async function newSealingKey(): Promise<SealingKeyRecord> {
  const { publicKey, privateKey } = await generateSealingKey()
  return { publicKey: toBase64url(publicKey), privateKey: toBase64url(privateKey) }
}
