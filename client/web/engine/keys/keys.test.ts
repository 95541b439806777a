// eslint-disable-next-line import/no-unassigned-import -- its effect is what is wanted: IndexedDB in the global scope
import 'fake-indexeddb/auto'
import { deleteDB } from 'idb'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DeviceKeyLostError } from '#sdk/session/device-key.ts'
import { browserDeviceKeys } from './device-keys.ts'
import { LockedError, VaultDamagedError, WrongPassphraseError, WrongRecoveryKeyError } from './errors.ts'
import { type KeyDatabase, keyDatabaseName, openKeyDatabase } from './key-database.ts'
import { toBinaryString } from '#protocol/bytes.ts'
import { LEAST_COSTS, costsFor } from './passphrase.ts'
import { drawRecoveryKey, isLastGroup, parseRecoveryKey } from './recovery-key.ts'
import { Vault } from './vault.ts'

/** Costs of no security, for tests of everything but the costs. */
const quick = { measure: () => Promise.resolve({ m: 8, t: 1 }) }
const passkey = { secret: new Uint8Array(32).fill(3), credentialId: 'credential', salt: 'prf-salt' }

let database: KeyDatabase
beforeEach(async () => {
  database = await openKeyDatabase('test')
})
afterEach(async () => {
  database.close()
  await deleteDB(keyDatabaseName('test'))
})

const holds = (octets: Uint8Array | undefined, part: Uint8Array) =>
  toBinaryString(octets ?? part).includes(toBinaryString(part))
const copyOf = (vault: Vault) => vault.dataKey.slice()
const reopen = () => Vault.open(database, quick)

describe('the data key', () => {
  it('is random, and the same after a restart without a lock', async () => {
    const first = await reopen()
    expect(first.appLock).toBe('none')
    expect(new Set(first.dataKey).size).toBeGreaterThan(8)
    expect((await reopen()).dataKey).toEqual(first.dataKey)
  })

  it('stands nowhere in the clear, and its wrapping key cannot be copied out', async () => {
    const vault = await reopen()
    await vault.makeRecoveryKey()
    const { dataKey } = vault
    const record = await database.get('vault', 'vault')
    expect(record?.device?.key.extractable).toBe(false)
    expect(holds(record?.device?.wrapped.octets, dataKey)).toBe(false)
    expect(holds(record?.recovery?.wrapped.octets, dataKey)).toBe(false)
  })

  it('with a passphrase, opens by nothing else than it and the recovery key', async () => {
    const made = await reopen()
    const dataKey = copyOf(made)
    const former = await made.makeRecoveryKey()
    const recoveryKey = await made.makeRecoveryKey()
    await made.setLock({ lock: 'passphrase', passphrase: 'Blizzard café' })
    expect((await database.get('vault', 'vault'))?.device).toBeUndefined()
    const vault = await reopen()
    expect([vault.appLock, vault.isOpen]).toEqual(['passphrase', false])
    expect(() => vault.dataKey).toThrow(LockedError)
    await expect(vault.unlock({ by: 'passphrase', passphrase: 'blizzard café' })).rejects.toThrow(WrongPassphraseError)
    await expect(vault.unlock({ by: 'passkey', secret: passkey.secret })).rejects.toThrow(WrongPassphraseError)
    await expect(vault.unlock({ by: 'recoveryKey', recoveryKey: former })).rejects.toThrow(WrongRecoveryKeyError)
    await expect(vault.unlock({ by: 'recoveryKey', recoveryKey: 'too short' })).rejects.toThrow(WrongRecoveryKeyError)
    expect(vault.isOpen).toBe(false)
    // Typed with a combining accent, as some keyboards do.
    await vault.unlock({ by: 'passphrase', passphrase: 'Blizzard cafe\u0301' })
    expect(vault.dataKey).toEqual(dataKey)
    vault.forget()
    expect(vault.isOpen).toBe(false)
    await vault.unlock({ by: 'recoveryKey', recoveryKey: recoveryKey.toLowerCase().replaceAll('-', ' ') })
    expect(vault.dataKey).toEqual(dataKey)
  })

  it('with a passkey, opens by its secret, and tells which credential to ask', async () => {
    const made = await reopen()
    const dataKey = copyOf(made)
    await made.setLock({ lock: 'passkey', ...passkey })
    const vault = await reopen()
    expect(vault.passkey).toEqual({ credentialId: 'credential', salt: 'prf-salt' })
    await expect(vault.unlock({ by: 'passkey', secret: new Uint8Array(32) })).rejects.toThrow(WrongPassphraseError)
    await vault.unlock({ by: 'passkey', secret: passkey.secret })
    expect(vault.dataKey).toEqual(dataKey)
  })

  it('after a change of lock, the former one opens nothing', async () => {
    const vault = await reopen()
    const dataKey = copyOf(vault)
    await vault.setLock({ lock: 'passphrase', passphrase: 'first' })
    await vault.setLock({ lock: 'passphrase', passphrase: 'second' })
    await expect((await reopen()).unlock({ by: 'passphrase', passphrase: 'first' })).rejects.toThrow(
      WrongPassphraseError,
    )
    await vault.setLock({ lock: 'none' })
    const open = await reopen()
    expect(open.dataKey).toEqual(dataKey)
    await expect(open.unlock({ by: 'passphrase', passphrase: 'second' })).rejects.toThrow(WrongPassphraseError)
  })

  it('cannot be wrapped anew while it is locked', async () => {
    await (await reopen()).setLock({ lock: 'passphrase', passphrase: 'x' })
    await expect((await reopen()).setLock({ lock: 'none' })).rejects.toThrow(LockedError)
  })

  it('is reported as damaged when its wrapping does not open', async () => {
    await reopen()
    const record = await database.get('vault', 'vault')
    if (record?.device === undefined) throw new Error('no vault')
    record.device.wrapped.octets[0] = (record.device.wrapped.octets[0] ?? 0) ^ 1
    await database.put('vault', record, 'vault')
    await expect(reopen()).rejects.toThrow(VaultDamagedError)
  })
})

describe('the recovery key', () => {
  it('has 24 letters in groups of four, of which each bit is drawn', () => {
    const keys = Array.from({ length: 200 }, drawRecoveryKey)
    for (const key of keys) expect(key).toMatch(/^(?:[A-Z2-7]{4}-){5}[A-Z2-7]{4}$/)
    for (let at = 0; at < 29; at += 1) {
      if (at % 5 !== 4) expect(new Set(keys.map((key) => key[at])).size).toBeGreaterThan(20)
    }
  })

  it('is read however it is typed', () => {
    expect(parseRecoveryKey('abcd-efgh ijkl mnop qrst uv01')).toBe('ABCD-EFGH-IJKL-MNOP-QRST-UVOI')
    expect(parseRecoveryKey('ABCD EFGH IJKL MNOP QRST')).toBeUndefined()
    expect(parseRecoveryKey('ABCD EFGH IJKL MNOP QRST UV9$')).toBeUndefined()
  })

  it('is confirmed by its last group', () => {
    expect(isLastGroup('ABCD-EFGH-IJKL-MNOP-QRST-UVWX', ' uvwx')).toBe(true)
    expect(isLastGroup('ABCD-EFGH-IJKL-MNOP-QRST-UVWX', 'abcd')).toBe(false)
  })
})

describe('the costs of a passphrase', () => {
  it('never fall below the least, however slow the machine', () => {
    expect(costsFor(5_000)).toEqual(LEAST_COSTS)
  })

  it('grow with the machine, in memory first, up to a bound', () => {
    expect(costsFor(50)).toEqual({ m: 30_720, t: 2 })
    expect(costsFor(10)).toEqual({ m: 65_536, t: 4 })
    expect(costsFor(0)).toEqual({ m: 65_536, t: 8 })
  })
})

describe('the device key', () => {
  it('signs after a restart as before, and cannot be copied out', async () => {
    const keys = browserDeviceKeys(database)
    const { key, stored } = await keys.create()
    const message = new TextEncoder().encode('challenge')
    const loaded = await browserDeviceKeys(database).load(stored)
    expect(loaded.publicKey).toEqual(key.publicKey)
    const verifier = await crypto.subtle.importKey('raw', Uint8Array.from(key.publicKey), 'Ed25519', false, ['verify'])
    const signature = Uint8Array.from(await loaded.sign(message))
    expect(await crypto.subtle.verify('Ed25519', verifier, signature, message)).toBe(true)
    const [record] = await database.getAll('deviceKeys')
    expect(record?.privateKey.extractable).toBe(false)
  })

  it('is reported as lost when it is not there', async () => {
    const keys = browserDeviceKeys(database)
    await expect(keys.load({ name: 'none' })).rejects.toThrow(DeviceKeyLostError)
    await expect(keys.load(null)).rejects.toThrow(DeviceKeyLostError)
  })
})
