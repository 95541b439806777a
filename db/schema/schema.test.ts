import { readFile } from 'node:fs/promises'
import { generateDrizzleJson, generateMigration } from 'drizzle-kit/api'
import { expect, it } from 'vitest'
import * as accounts from './accounts.ts'
import * as archivedEnvelopes from './archived-envelopes.ts'
import * as audit from './audit.ts'
import * as invites from './invites.ts'
import * as media from './media.ts'
import * as usernames from './usernames.ts'

const META = new URL('../migrations/meta/', import.meta.url)

async function newestSnapshot(): Promise<unknown> {
  const journal = JSON.parse(await readFile(new URL('_journal.json', META), 'utf8')) as { entries: { idx: number }[] }
  const index = String(journal.entries.at(-1)?.idx).padStart(4, '0')
  return JSON.parse(await readFile(new URL(`${index}_snapshot.json`, META), 'utf8')) as unknown
}

it('the migrations end in the schema of the code: `npm run db:generate` has nothing to add', async () => {
  // drizzle-kit's own types do not resolve; both snapshots only pass from one of its functions to the other.
  const schema: unknown = generateDrizzleJson({
    ...accounts,
    ...archivedEnvelopes,
    ...audit,
    ...invites,
    ...media,
    ...usernames,
  })
  expect(await generateMigration((await newestSnapshot()) as never, schema as never)).toEqual([])
})
