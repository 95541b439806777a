import { randomBytes } from 'node:crypto'
import { expect, it, onTestFinished } from 'vitest'
import { sealAudit } from '#db/audit/seal.ts'
import { openDatabase } from '#db/client.ts'
import { administer, openScratch } from '#db/local/test/databases.ts'
import { newName, newRegistration } from '#db/local/test/samples.ts'
import { registerAccount } from '#db/queries/registration.ts'
import { releaseUsername } from '#db/queries/usernames.ts'
import { directUrl, parseServer, startDatabase } from './database.ts'
import { Failure } from './failure.ts'

it("migrates past Neon's pooler, and any other server at its own address", () => {
  expect(directUrl(new URL('postgres://u:p@ep-a-pooler.eu.aws.neon.tech/d'))).toBe(
    'postgres://u:p@ep-a.eu.aws.neon.tech/d',
  )
  expect(directUrl(new URL('postgres://u:p@a-pooler.example/d'))).toBe('postgres://u:p@a-pooler.example/d')
})

it.each(['nonsense', 'mysql://u:p@host/d'])('refuses %s as DATABASE_URL', (url) => {
  expect(() => parseServer(url)).toThrow(Failure)
})

it('says which server cannot be used, and not its password', async () => {
  const url = 'postgres://somebody:hunter2@127.0.0.1:9/relay'
  const failure: unknown = await startDatabase({ url, connections: 1, folder: 'unused' }).catch(
    (error: unknown) => error,
  )
  expect(failure).toBeInstanceOf(Failure)
  expect(String(failure)).toContain('127.0.0.1:9')
  expect(String(failure)).not.toContain('hunter2')
})

const serverUrl = process.env['TEST_DATABASE_URL'] ?? ''

it.skipIf(serverUrl === '')('serves as a role that does not own the database, which the owner migrates', async () => {
  const role = `relay_${randomBytes(6).toString('hex')}`
  const scratch = await openScratch(serverUrl)
  onTestFinished(async () => {
    await scratch.close()
    await administer(serverUrl, `drop role ${role}`)
  })
  const password = randomBytes(8).toString('hex')
  await administer(serverUrl, `create role ${role} login password '${password}'`)
  const url = new URL(scratch.connectionString)
  url.username = role
  url.password = password
  const database = await startDatabase({
    url: url.href,
    ownerUrl: scratch.connectionString,
    connections: 2,
    folder: 'unused',
  })
  onTestFinished(() => database.close(), 60_000)
  const { DATABASE_URL, DATABASE_HTTP_ENDPOINT } = database.variables
  const db = openDatabase({ url: DATABASE_URL, fetchEndpoint: DATABASE_HTTP_ENDPOINT })
  const registration = newRegistration({ username: newName() })
  expect(await registerAccount(db, registration)).toBe('registered')
  expect(await releaseUsername(db, registration.account, registration)).toBe(true)
  expect(await sealAudit(db, new Uint8Array(32))).toEqual([])
  const changed = db.run((statements) => statements.execute('update audit_entries set type = type'))
  await expect(changed).rejects.toMatchObject({ sqlState: '42501' })
})
