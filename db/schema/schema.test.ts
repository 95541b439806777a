import { readFile } from 'node:fs/promises'
import { generateDrizzleJson, generateMigration } from 'drizzle-kit/api'
import { expect, it } from 'vitest'
import * as accounts from './accounts.ts'
import * as archivedEnvelopes from './archived-envelopes.ts'
import * as invites from './invites.ts'
import * as usernames from './usernames.ts'

const META = new URL('../migrations/meta/', import.meta.url)

type Snapshot = ReturnType<typeof generateDrizzleJson>

async function newestSnapshot(): Promise<Snapshot> {
  const journal = JSON.parse(await readFile(new URL('_journal.json', META), 'utf8')) as { entries: { idx: number }[] }
  const index = String(journal.entries.at(-1)?.idx).padStart(4, '0')
  return JSON.parse(await readFile(new URL(`${index}_snapshot.json`, META), 'utf8')) as Snapshot
}

it('the migrations end in the schema of the code: `npm run db:generate` has nothing to add', async () => {
  const schema = generateDrizzleJson({ ...accounts, ...archivedEnvelopes, ...invites, ...usernames })
  expect(await generateMigration(await newestSnapshot(), schema)).toEqual([])
}, 30_000)
