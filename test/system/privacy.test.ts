import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import { auditPage } from '#db/queries/audit-trail.ts'
import * as v from 'valibot'
import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import { ACCOUNT } from '#sdk/session/records.ts'
import { openFileStore } from '#sdk/node.ts'
import { People, accountOf } from '../support/people.ts'
import { eventually, filesOf, runningDatabase } from '../support/system.ts'

const relay = inject('sharedRelay')
let people: People

beforeAll(async () => {
  people = await People.at(relay.url)
})

afterAll(() => people.close())

/** Everything that the relay has under this folder: databases, their write-ahead logs, logs. */
async function contents(folder: string): Promise<Buffer> {
  return Buffer.concat((await filesOf(relay.dataDir, folder)).map(({ content }) => content))
}

/** Every row of every table, as text. */
async function allRows(): Promise<string> {
  const database = await runningDatabase(relay.dataDir)
  const tables = await database.run((statements) =>
    statements.execute<{ name: string }>(
      sql`select table_name as name from information_schema.tables where table_schema = 'public'`,
    ),
  )
  let text = ''
  for (const { name } of tables.rows) {
    const rows = await database.run((statements) =>
      statements.execute(sql`select t::text as row from ${sql.identifier(name)} t`),
    )
    text += JSON.stringify(rows.rows)
  }
  return text
}

/** How a secret could stand in a file: as it is, as the octets that it spells in base64url, and either in hexadecimal or base64. */
function spellings(secret: string): string[] {
  const octets = [Buffer.from(secret)]
  if (/^[\w-]{40,}$/.test(secret)) octets.push(Buffer.from(secret, 'base64url'))
  return octets.flatMap((buffer) => [
    buffer.toString('latin1'),
    buffer.toString('hex'),
    buffer.toString('base64'),
    buffer.toString('base64url'),
  ])
}

/** What one client sent and got that must stay between it and the relay. */
interface Overheard {
  readonly urls: string[]
  readonly tokens: Set<string>
  readonly tickets: Set<string>
}

/** The platform's `fetch`, with the credentials that pass through it written down. */
function overhearing(heard: Overheard): typeof fetch {
  return async (input, init) => {
    heard.urls.push(input instanceof Request ? input.url : String(input))
    const token = new Headers(init?.headers).get('authorization')?.replace('Bearer ', '')
    if (token !== undefined) heard.tokens.add(token)
    const response = await fetch(input, init)
    const answer = v.safeParse(
      v.object({ ticket: v.string() }),
      await response
        .clone()
        .json()
        .catch(() => undefined),
    )
    if (answer.success) heard.tickets.add(answer.output.ticket)
    return response
  }
}

/** The private keys that a device keeps, read from its file once its engine is closed. */
async function privateKeys(file: string): Promise<string[]> {
  const store = await openFileStore(file)
  try {
    const [account] = await store.getMany([ACCOUNT])
    const { identity, deviceKey } = v.parse(
      v.object({ identity: v.object({ privateKey: v.string() }), deviceKey: v.object({ pkcs8: v.string() }) }),
      account,
    )
    return [identity.privateKey, deviceKey.pkcs8]
  } finally {
    await store.close()
  }
}

it('nothing secret is in logs, URLs, objects or database rows, and no name or id of a person in logs', async () => {
  const heard: Overheard = { urls: [], tokens: new Set(), tickets: new Set() }
  const plaintext = `a very private sentence ${randomBytes(8).toString('hex')}`
  const platform = { fetch: overhearing(heard) }
  const [ada, ben] = await Promise.all([people.register('Ada', platform), people.register('Ben', platform)])
  const profile = `Profile ${randomBytes(6).toString('hex')}`
  await ada.engine.setProfileName(profile)
  await ada.online()
  const waiting = await ada.engine.sendText(accountOf(ben), plaintext)
  await ada.expectState(waiting, 'sent')
  await ada.engine.findByUsername(ben.engine.username ?? '')
  await eventually('the envelope to be copied to the database', async () => (await allRows()).includes(waiting))
  const stores = [(await contents('edge')).toString('latin1'), await allRows()]
  await ben.online()
  await ben.expectTexts([plaintext])
  await ben.engine.markRead(accountOf(ada))
  await ada.expectState(waiting, 'read')
  stores.push((await contents('edge')).toString('latin1'), await allRows())
  const log = (await contents('log')).toString('utf8')
  const persons = [ada, ben].map((device) => ({ account: accountOf(device), username: device.engine.username ?? '' }))
  await Promise.all([ada.engine.close(), ben.engine.close()])
  const keys = (await Promise.all([ada, ben].map((device) => privateKeys(device.file)))).flat()

  // The search works: what the relay must know is found where it must be.
  expect(stores[0]).toContain(persons[1]?.account)
  expect(stores[1]).toContain(persons[0]?.username)
  expect(log).toContain('"route":"/v1/socket"')
  expect([heard.tokens.size, heard.tickets.size, keys.length]).toEqual([2, 2, 4])

  // The audit log names accounts, each in entries about itself alone: not whom it knows, nor how anybody is called.
  const audit = await auditPage(await runningDatabase(relay.dataDir), 0, 100_000)
  for (const { account } of persons) {
    const own = audit.filter((entry) => JSON.stringify(entry).includes(account))
    expect(own.map(({ type }) => type)).toEqual(['accountRegistered', 'usernameClaimed'])
    const others = [
      ...persons.filter((person) => person.account !== account).map((person) => person.account),
      ...persons.map((person) => person.username),
    ]
    for (const other of others) expect(JSON.stringify(own)).not.toContain(other)
    // Only the hour, as `db/audit/events.ts` promises.
    expect(own.every(({ at }) => at % 3_600_000 === 0)).toBe(true)
  }

  const tokenSecret = (await readFile(join(relay.dataDir, 'secrets/token-secret'), 'utf8')).trim()
  const auditKey = (await readFile(join(relay.dataDir, 'secrets/audit-signing-key'), 'utf8')).trim()
  const tokens = [...heard.tokens].flatMap((token) => [token, token.split('.')[2] ?? ''])
  const tickets = [...heard.tickets].flatMap((ticket) => [ticket, ticket.split('.')[1] ?? ''])
  const everywhere = [...stores, log, heard.urls.join('\n')]
  for (const [what, secret] of [
    ['plaintext', plaintext],
    ['profile', profile],
    ['token secret', tokenSecret],
    ['audit signing key', auditKey],
    ...tokens.map((token) => ['token', token] as const),
    ...tickets.map((ticket) => ['ticket', ticket] as const),
    ...keys.map((key) => ['private key', key] as const),
  ] as const) {
    for (const spelling of spellings(secret)) {
      for (const [place, text] of everywhere.entries())
        expect([what, place, text.includes(spelling)]).toEqual([what, place, false])
    }
  }
  for (const { account, username } of persons) {
    for (const personal of [account, username]) {
      expect(log.includes(personal)).toBe(false)
      expect(heard.urls.some((url) => url.includes(personal))).toBe(false)
    }
  }
})
