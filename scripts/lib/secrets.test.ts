import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { Failure } from './failure.ts'
import { loadAuditSigningKey, loadKeyLogSecret, loadSealedSenderSecret, loadTokenSecret } from './secrets.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'silentrelay-secrets-'))
})

afterEach(() => rm(folder, { recursive: true, force: true }))

it('makes the token secret once, 32 octets, for its owner alone', async () => {
  const made = await Promise.all([loadTokenSecret(folder), loadTokenSecret(folder)])
  expect(new Set([...made, await loadTokenSecret(folder)]).size).toBe(1)
  expect(Buffer.from(made[0], 'base64url')).toHaveLength(32)
  expect((await stat(join(folder, 'token-secret'))).mode & 0o777).toBe(0o600)
})

it('refuses a damaged secret instead of replacing it', async () => {
  await writeFile(join(folder, 'token-secret'), 'short')
  await writeFile(join(folder, 'key-log-secret'), 'short')
  await writeFile(join(folder, 'sealed-sender-secret'), 'short')
  await expect(loadTokenSecret(folder)).rejects.toThrow(Failure)
  await expect(loadSealedSenderSecret(folder)).rejects.toThrow('tokens that were taken are void')
  await writeFile(join(folder, 'audit-signing-key'), 'short')
  await expect(loadAuditSigningKey(folder)).rejects.toThrow(/audit:verify/)
  await expect(loadKeyLogSecret(folder)).rejects.toThrow('Put a copy of it back')
})
