import { eq } from 'drizzle-orm'
import { describe, expect, it } from 'vitest'
import type { Database } from '#db/client.ts'
import { registerAccount } from '#db/queries/registration.ts'
import {
  USERNAME_HOLD_MS,
  claimUsername as claim,
  findAccountByUsername,
  releaseUsername,
} from '#db/queries/usernames.ts'
import { accounts } from '#db/schema/accounts.ts'
import { CORRELATION_ID, NOW, newAccountId, newName, newRegistration } from './samples.ts'

function claimUsername(db: Database, claimed: Omit<Parameters<typeof claim>[1], 'correlationId'>) {
  return claim(db, { ...claimed, correlationId: CORRELATION_ID })
}

export function usernamesSuite(database: () => Database): void {
  async function newAccount(): Promise<string> {
    const registration = newRegistration()
    await registerAccount(database(), registration)
    return registration.account
  }

  describe('usernames', () => {
    it('replaces the name that the account had', async () => {
      const account = await newAccount()
      const [first, second] = [newName(), newName()]
      expect(await claimUsername(database(), { ...first, account, now: NOW })).toBe('claimed')
      expect(await claimUsername(database(), { ...second, account, now: NOW })).toBe('claimed')
      expect(await findAccountByUsername(database(), first.canonical)).toBeUndefined()
      expect(await findAccountByUsername(database(), second.canonical)).toBe(account)
    })

    it('leaves the old name in place when the new one is taken', async () => {
      const [account, other] = [await newAccount(), await newAccount()]
      const [mine, theirs] = [newName(), newName()]
      await claimUsername(database(), { ...mine, account, now: NOW })
      await claimUsername(database(), { ...theirs, account: other, now: NOW })
      expect(await claimUsername(database(), { ...theirs, account, now: NOW })).toBe('usernameTaken')
      expect(await findAccountByUsername(database(), mine.canonical)).toBe(account)
    })

    it('holds a released name, and what looks like it, back from others for thirty days', async () => {
      const [account, other] = [await newAccount(), await newAccount()]
      const name = newName()
      const lookAlike = { ...newName(), skeleton: name.skeleton }
      await claimUsername(database(), { ...name, account, now: NOW })
      expect(await releaseUsername(database(), account, { now: NOW, correlationId: CORRELATION_ID })).toBe(true)
      expect(await releaseUsername(database(), account, { now: NOW, correlationId: CORRELATION_ID })).toBe(false)
      const almost = NOW + USERNAME_HOLD_MS - 1
      expect(await claimUsername(database(), { ...name, account: other, now: almost })).toBe('usernameTaken')
      expect(await claimUsername(database(), { ...lookAlike, account: other, now: almost })).toBe('usernameTaken')
      expect(await registerAccount(database(), newRegistration({ username: name, now: almost }))).toBe('usernameTaken')
      expect(await claimUsername(database(), { ...lookAlike, account: other, now: almost + 1 })).toBe('claimed')
    })

    it('gives a held name back to its last owner at once', async () => {
      const account = await newAccount()
      const [name, between] = [newName(), newName()]
      await claimUsername(database(), { ...name, account, now: NOW })
      await claimUsername(database(), { ...between, account, now: NOW + 1 })
      expect(await claimUsername(database(), { ...name, account, now: NOW + 2 })).toBe('claimed')
      expect(await findAccountByUsername(database(), name.canonical)).toBe(account)
    })

    it('lets an owner change to the same name or to one that looks like it', async () => {
      const account = await newAccount()
      const name = newName()
      const lookAlike = { ...newName(), skeleton: name.skeleton }
      expect(await claimUsername(database(), { ...name, account, now: NOW })).toBe('claimed')
      expect(await claimUsername(database(), { ...name, display: 'Other', account, now: NOW })).toBe('claimed')
      expect(await claimUsername(database(), { ...lookAlike, account, now: NOW })).toBe('claimed')
      expect(await findAccountByUsername(database(), lookAlike.canonical)).toBe(account)
    })

    it('leaves an account that claims several names at once with exactly one', async () => {
      const account = await newAccount()
      const names = Array.from({ length: 6 }, newName)
      const results = await Promise.all(names.map((name) => claimUsername(database(), { ...name, account, now: NOW })))
      expect(new Set(results)).toEqual(new Set(['claimed']))
      const owners = await Promise.all(names.map((name) => findAccountByUsername(database(), name.canonical)))
      expect(owners.filter((owner) => owner !== undefined)).toEqual([account])
    })

    it('refuses an unknown account by name, and does not find a suspended one', async () => {
      expect(await claimUsername(database(), { ...newName(), account: newAccountId(), now: NOW })).toBe(
        'unknownAccount',
      )
      const account = await newAccount()
      const name = newName()
      await claimUsername(database(), { ...name, account, now: NOW })
      await database().run((statements) =>
        statements.update(accounts).set({ status: 'suspended' }).where(eq(accounts.id, account)),
      )
      expect(await findAccountByUsername(database(), name.canonical)).toBeUndefined()
    })
  })
}
