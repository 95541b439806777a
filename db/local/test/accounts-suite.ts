import { describe, expect, it } from 'vitest'
import { randomBytes } from '#protocol/bytes.ts'
import type { Database } from '#db/client.ts'
import { accountStatus, findAccount, saveDeviceList } from '#db/queries/accounts.ts'
import { createInvite } from '#db/queries/invites.ts'
import { registerAccount } from '#db/queries/registration.ts'
import { findAccountByUsername } from '#db/queries/usernames.ts'
import { CORRELATION_ID, DAY_MS, NOW, newAccountId, newName, newRegistration } from './samples.ts'

export function registrationSuite(database: () => Database): void {
  describe('registration', () => {
    it('keeps the account as it was sent', async () => {
      const registration = newRegistration()
      expect(await registerAccount(database(), registration)).toBe('registered')
      expect(await findAccount(database(), registration.account)).toEqual({
        account: registration.account,
        identityKey: registration.identityKey,
        deviceList: { bytes: registration.deviceList, signature: registration.deviceListSignature, version: 1 },
        status: 'active',
      })
    })

    it('answers a retry as already registered, and spends and claims nothing again', async () => {
      const inviteCodeHash = randomBytes(32)
      await createInvite(database(), { codeHash: inviteCodeHash, uses: 2, correlationId: CORRELATION_ID }, NOW)
      const registration = newRegistration({ inviteCodeHash, username: newName() })
      expect(await registerAccount(database(), registration)).toBe('registered')
      expect(await registerAccount(database(), registration)).toBe('alreadyRegistered')
      expect(await registerAccount(database(), newRegistration({ inviteCodeHash }))).toBe('registered')
      expect(await registerAccount(database(), newRegistration({ inviteCodeHash }))).toBe('inviteInvalid')
    })

    it('refuses an id that another identity holds, and leaves the holder alone', async () => {
      const holder = newRegistration()
      await registerAccount(database(), holder)
      expect(await registerAccount(database(), newRegistration({ account: holder.account }))).toBe('accountTaken')
      expect((await findAccount(database(), holder.account))?.identityKey).toEqual(holder.identityKey)
    })

    it('refuses a name that is taken or looks like one, and then creates no account and spends no invite', async () => {
      const name = newName()
      await registerAccount(database(), newRegistration({ username: name }))
      const inviteCodeHash = randomBytes(32)
      await createInvite(database(), { codeHash: inviteCodeHash, uses: 1, correlationId: CORRELATION_ID }, NOW)
      for (const username of [name, { ...newName(), skeleton: name.skeleton }]) {
        const refused = newRegistration({ username, inviteCodeHash })
        expect(await registerAccount(database(), refused)).toBe('usernameTaken')
        expect(await findAccount(database(), refused.account)).toBeUndefined()
      }
      expect(await registerAccount(database(), newRegistration({ inviteCodeHash }))).toBe('registered')
    })

    it('refuses an unknown, used-up or expired invite, and then claims no name', async () => {
      const expired = randomBytes(32)
      await createInvite(
        database(),
        { codeHash: expired, uses: 5, expiresAt: NOW, correlationId: CORRELATION_ID },
        NOW - DAY_MS,
      )
      const none = randomBytes(32)
      await createInvite(database(), { codeHash: none, uses: 0, correlationId: CORRELATION_ID }, NOW)
      for (const inviteCodeHash of [randomBytes(32), expired, none]) {
        const username = newName()
        const refused = newRegistration({ inviteCodeHash, username })
        expect(await registerAccount(database(), refused)).toBe('inviteInvalid')
        expect(await findAccountByUsername(database(), username.canonical)).toBeUndefined()
        expect(await findAccount(database(), refused.account)).toBeUndefined()
      }
    })

    it('gives a name that several claim at once to exactly one', async () => {
      for (let round = 0; round < 5; round += 1) {
        const username = newName()
        const rivals = Array.from({ length: 8 }, () => newRegistration({ username }))
        const results = await Promise.all(rivals.map((rival) => registerAccount(database(), rival)))
        const winner = rivals.find((_, at) => results[at] === 'registered')
        expect(results.filter((result) => result === 'usernameTaken')).toHaveLength(7)
        expect(await findAccountByUsername(database(), username.canonical)).toBe(winner?.account)
      }
    })

    it('admits with one invite no more accounts than it has uses, however many come at once', async () => {
      const inviteCodeHash = randomBytes(32)
      await createInvite(database(), { codeHash: inviteCodeHash, uses: 3, correlationId: CORRELATION_ID }, NOW)
      const results = await Promise.all(
        Array.from({ length: 8 }, () => registerAccount(database(), newRegistration({ inviteCodeHash }))),
      )
      expect(results.toSorted()).toEqual([
        ...Array<string>(5).fill('inviteInvalid'),
        ...Array<string>(3).fill('registered'),
      ])
    })
  })
}

export function accountsSuite(database: () => Database): void {
  describe('accounts', () => {
    it('replaces a device list only by a newer version', async () => {
      const { account } = newRegistration()
      await registerAccount(database(), newRegistration({ account }))
      const list = (version: number) => ({ account, version, bytes: randomBytes(80), signature: randomBytes(64) })
      const third = list(3)
      expect(await saveDeviceList(database(), third)).toBe('saved')
      expect(await saveDeviceList(database(), list(2))).toBe('stale')
      expect(await saveDeviceList(database(), third)).toBe('stale')
      const { bytes, signature } = third
      expect((await findAccount(database(), account))?.deviceList).toEqual({ bytes, signature, version: 3 })
      expect(await saveDeviceList(database(), { ...list(9), account: newAccountId() })).toBe('unknownAccount')
    })

    it('keeps the newest of device lists that are saved at once', async () => {
      const { account } = newRegistration()
      await registerAccount(database(), newRegistration({ account }))
      const versions = [5, 2, 8, 3, 7, 4, 6]
      await Promise.all(
        versions.map((version) =>
          saveDeviceList(database(), { account, version, bytes: randomBytes(9), signature: randomBytes(64) }),
        ),
      )
      expect((await findAccount(database(), account))?.deviceList.version).toBe(8)
    })

    it('tells the standing of an account, and that there is none', async () => {
      const registration = newRegistration()
      await registerAccount(database(), registration)
      expect(await accountStatus(database(), registration.account)).toBe('active')
      expect(await accountStatus(database(), newAccountId())).toBeUndefined()
    })
  })
}
