import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { auditPage } from '#db/queries/audit-trail.ts'
import { archivedEnvelopes } from '#db/schema/archived-envelopes.ts'
import { RelayError } from '#sdk/node.ts'
import { dataFolders } from '#scripts/lib/folders.ts'
import { loadOperatorSecret } from '#scripts/lib/secrets.ts'
import { People, accountOf, uniqueName } from '../support/people.ts'
import { StoppablePostgres } from '../support/postgres.ts'
import { TestSystem, eventually } from '../support/system.ts'

let postgres: StoppablePostgres
let system: TestSystem
let people: People

beforeAll(async () => {
  postgres = await StoppablePostgres.open()
  system = await TestSystem.start({
    env: { DATABASE_URL: postgres.connectionString, DATABASE_CONNECTIONS: '1', PERSIST_AFTER_S: '0' },
  })
  people = await People.at(system.url)
})

afterAll(async () => {
  await people.close()
  await system.stop()
  await postgres.close()
})

async function readiness(): Promise<{ status: number; database: unknown }> {
  const response = await fetch(`${system.url}/ready`)
  const { checks } = (await response.json()) as { checks: { database: unknown } }
  return { status: response.status, database: checks.database }
}

/** A metric as the operator is told it. */
async function metric(name: string): Promise<number | undefined> {
  const secret = await loadOperatorSecret(dataFolders(system.dataDir).secrets)
  const response = await fetch(`${system.url}/metrics`, { headers: { authorization: `Bearer ${secret}` } })
  const value = new RegExp(`^silentrelay_${name} (.+)$`, 'm').exec(await response.text())?.[1]
  return value === undefined ? undefined : Number(value)
}

it('with Postgres down messages flow, /ready and registration say so, and the drain catches up', async () => {
  const [ada, ben, away] = await Promise.all([people.register('Ada'), people.register('Ben'), people.register('Away')])
  await Promise.all([ada.online(), ben.online()])
  expect(await readiness()).toEqual({ status: 200, database: 'ok' })

  await postgres.stop()

  expect(await readiness()).toEqual({ status: 503, database: 'failing' })
  expect((await fetch(`${system.url}/live`)).status).toBe(200)
  const delivered = await ada.engine.sendText(accountOf(ben), 'without a database')
  await ben.expectTexts(['without a database'])
  await ada.expectState(delivered, 'delivered')
  const waiting = await ada.engine.sendText(accountOf(away), 'for later')
  await ada.expectState(waiting, 'sent')
  const second = await people.device('Ada, second device')
  await second.engine.completeLink(await ada.engine.approveLink(await second.engine.createLinkRequest()))
  const newcomer = await people.device('Newcomer')
  const username = uniqueName('newcomer')
  const refusal = await newcomer.engine.register({ username }).catch((error: unknown) => error)
  expect(refusal).toBeInstanceOf(RelayError)
  expect(refusal).toMatchObject({ code: 'databaseUnavailable', action: 'retry' })

  expect(await metric('database_up')).toBe(0)
  await eventually('the drain’s failures to be counted', async () => ((await metric('drain_failures_total')) ?? 0) > 0)
  expect(await metric('drain_lag_seconds')).toBeGreaterThan(0)

  await postgres.start()

  await eventually('the relay to be ready', async () => (await readiness()).status === 200)
  expect(await metric('database_up')).toBe(1)
  const database = await system.database()
  const archived = (): Promise<number> =>
    database.run((rows) => rows.$count(archivedEnvelopes, eq(archivedEnvelopes.accountId, accountOf(away))))
  await eventually('the drain to copy the envelope that waits', async () => (await archived()) > 0)
  const audited = async (): Promise<string[]> =>
    (await auditPage(database, 0, 1_000)).filter(({ actor }) => actor === accountOf(ada)).map(({ type }) => type)
  await eventually('the audit log to have the new device', async () => (await audited()).includes('deviceListChanged'))
  await newcomer.engine.register({ username })
  await away.online()
  await away.expectTexts(['for later'])
  await ada.expectState(waiting, 'delivered')
  await eventually('the copy to go, since the envelope was delivered', async () => (await archived()) === 0)
})
