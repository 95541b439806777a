/**
 * The data key of a browser profile: 32 random octets under which everything at rest is encrypted. Wrapped by a key of
 * this browser profile that cannot be copied out, or, with an app lock, by the passphrase or the passkey instead; and
 * always by the recovery key as well.
 */

import { hkdf } from '@noble/hashes/hkdf.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { randomBytes, utf8 } from '#protocol/bytes.ts'
import type { AppLock, NewAppLock, Unlock } from '../api.ts'
import { LockedError, VaultDamagedError, WrongPassphraseError, WrongRecoveryKeyError } from './errors.ts'
import type { KeyDatabase, PasskeyWrap, PassphraseWrap, VaultRecord } from './key-database.ts'
import { LEAST_COSTS, measureCosts, passphraseSecret, type PassphraseCosts } from './passphrase.ts'
import { drawRecoveryKey, parseRecoveryKey, recoverySecret } from './recovery-key.ts'
import { deviceWrappingKey, unwrapKey, wrapKey, wrappingKey } from './wrap.ts'

const SALT_BYTES = 16

export interface VaultOptions {
  /** Default: measured on this machine when a passphrase is set. */
  readonly measure?: () => Promise<PassphraseCosts>
}

export class Vault {
  readonly #database: KeyDatabase
  readonly #measure: () => Promise<PassphraseCosts>
  /** As stored. Replaced after each write. */
  #record: VaultRecord
  /** Erased and dropped by `forget`. */
  #dataKey: Uint8Array<ArrayBuffer> | undefined
  private constructor(
    database: KeyDatabase,
    record: VaultRecord,
    dataKey: Uint8Array<ArrayBuffer> | undefined,
    options: VaultOptions,
  ) {
    this.#database = database
    this.#record = record
    this.#dataKey = dataKey
    this.#measure = options.measure ?? measureCosts
  }

  /** Opens the vault, or makes one where there is none. Without an app lock it is open at once. @throws VaultDamagedError */
  static async open(database: KeyDatabase, options: VaultOptions = {}): Promise<Vault> {
    const record = await database.get('vault', 'vault')
    if (record === undefined) return Vault.#create(database, options)
    if (record.device === undefined) {
      if (record.lock === undefined) throw new VaultDamagedError()
      return new Vault(database, record, undefined, options)
    }
    const dataKey = await unwrapKey('device', record.device.key, record.device.wrapped)
    if (dataKey === undefined) throw new VaultDamagedError()
    return new Vault(database, record, dataKey, options)
  }

  static async #create(database: KeyDatabase, options: VaultOptions): Promise<Vault> {
    const dataKey = randomBytes(32)
    const record: VaultRecord = { version: 1, device: await wrapByDevice(dataKey) }
    await write(database, record)
    return new Vault(database, record, dataKey, options)
  }

  get appLock(): AppLock {
    return this.#record.lock?.kind ?? 'none'
  }

  get isOpen(): boolean {
    return this.#dataKey !== undefined
  }

  /** For as long as it is open; the caller keeps no copy. @throws LockedError */
  get dataKey(): Uint8Array<ArrayBuffer> {
    if (this.#dataKey === undefined) throw new LockedError()
    return this.#dataKey
  }

  get passkey(): { readonly credentialId: string; readonly salt: string } | undefined {
    const { lock } = this.#record
    return lock?.kind === 'passkey' ? { credentialId: lock.credentialId, salt: lock.prfSalt } : undefined
  }

  /** @throws WrongPassphraseError (the passkey's secret is one too), WrongRecoveryKeyError */
  async unlock(by: Unlock): Promise<void> {
    this.#dataKey = by.by === 'recoveryKey' ? await this.#byRecoveryKey(by.recoveryKey) : await this.#byLock(by)
  }

  /** Wraps the data key anew. The former lock, or the key of the browser profile, opens nothing from then on. @throws LockedError */
  async setLock(lock: NewAppLock): Promise<void> {
    const { dataKey } = this
    const { device: _former, lock: _formerLock, ...kept } = this.#record
    await this.#replace(
      lock.lock === 'none'
        ? { ...kept, device: await wrapByDevice(dataKey) }
        : { ...kept, lock: await this.#wrapByLock(lock, dataKey) },
    )
  }

  /** Draws a recovery key. The former one opens nothing from then on. Keep it: a vault cannot tell it again. @throws LockedError */
  async makeRecoveryKey(): Promise<string> {
    const { dataKey } = this
    const recoveryKey = drawRecoveryKey()
    const salt = randomBytes(SALT_BYTES)
    const by = await wrappingKey(recoverySecret(recoveryKey, salt))
    await this.#replace({ ...this.#record, recovery: { salt, wrapped: await wrapKey('recoveryKey', by, dataKey) } })
    return recoveryKey
  }

  /** Drops the data key. It opens again by `unlock` only. */
  forget(): void {
    this.#dataKey?.fill(0)
    this.#dataKey = undefined
  }

  async #replace(record: VaultRecord): Promise<void> {
    await write(this.#database, record)
    this.#record = record
  }

  async #byRecoveryKey(typed: string): Promise<Uint8Array<ArrayBuffer>> {
    const { recovery } = this.#record
    const recoveryKey = parseRecoveryKey(typed)
    if (recovery === undefined || recoveryKey === undefined) throw new WrongRecoveryKeyError()
    const { salt, wrapped } = recovery
    const dataKey = await unwrapKey('recoveryKey', await wrappingKey(recoverySecret(recoveryKey, salt)), wrapped)
    if (dataKey === undefined) throw new WrongRecoveryKeyError()
    return dataKey
  }

  async #byLock(by: Exclude<Unlock, { by: 'recoveryKey' }>): Promise<Uint8Array<ArrayBuffer>> {
    const { lock } = this.#record
    if (lock === undefined || lock.kind !== by.by) throw new WrongPassphraseError()
    const secret =
      by.by === 'passkey'
        ? passkeySecret(by.secret, lock.salt)
        : await passphraseSecret(by.passphrase, lock.salt, lock.kind === 'passphrase' ? lock.costs : LEAST_COSTS)
    const dataKey = await unwrapKey(lock.kind, await wrappingKey(secret), lock.wrapped)
    if (dataKey === undefined) throw new WrongPassphraseError()
    return dataKey
  }

  async #wrapByLock(
    lock: Exclude<NewAppLock, { lock: 'none' }>,
    dataKey: Uint8Array<ArrayBuffer>,
  ): Promise<PassphraseWrap | PasskeyWrap> {
    const salt = randomBytes(SALT_BYTES)
    if (lock.lock === 'passphrase') {
      const costs = await this.#measure()
      const by = await wrappingKey(await passphraseSecret(lock.passphrase, salt, costs))
      return { kind: 'passphrase', salt, costs, wrapped: await wrapKey('passphrase', by, dataKey) }
    }
    const by = await wrappingKey(passkeySecret(lock.secret, salt))
    const { credentialId, salt: prfSalt } = lock
    return { kind: 'passkey', credentialId, prfSalt, salt, wrapped: await wrapKey('passkey', by, dataKey) }
  }
}

async function wrapByDevice(dataKey: Uint8Array<ArrayBuffer>) {
  const key = await deviceWrappingKey()
  return { key, wrapped: await wrapKey('device', key, dataKey) }
}

/** The PRF's answer is 32 octets that only the authenticator knows: no slow derivation is needed. */
function passkeySecret(secret: Uint8Array, salt: Uint8Array): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(hkdf(sha256, secret, salt, utf8('silentrelay passkey v1'), 32))
}

/** Durable before it resolves: a lock that is lost with the power would open by what it replaced. */
async function write(database: KeyDatabase, record: VaultRecord): Promise<void> {
  const transaction = database.transaction('vault', 'readwrite', { durability: 'strict' })
  await Promise.all([transaction.store.put(record, 'vault'), transaction.done])
}
