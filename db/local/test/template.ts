import { createHash, randomBytes } from 'node:crypto'
import { cpSync, globSync } from 'node:fs'
import { mkdir, readFile, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startEmbeddedPostgres } from '../embedded.ts'
import { migrateDatabase } from '../migrate.ts'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
/** Beside the builds, since it is one. */
const TEMPLATES = join(ROOT, 'dist/test-database')
/** What a template is made of and by. */
const SOURCES = ['db/migrations/**/*.{sql,json}', 'db/local/{embedded,migrate}.ts', 'package-lock.json']

/**
 * Puts a migrated, empty database into `dataDir`, for `startEmbeddedPostgres`: a copy of one that is made when there is none
 * of these sources, because PGlite takes seconds to make a cluster.
 */
export async function copyTemplate(dataDir: string): Promise<void> {
  // A thousand files: one after the other at once takes half of what the asynchronous one does.
  cpSync(await template(), dataDir, { recursive: true })
}

async function template(): Promise<string> {
  const name = await sourcesHash()
  await mkdir(TEMPLATES, { recursive: true })
  const present = await readdir(TEMPLATES)
  if (!present.includes(name)) {
    await make(name)
    const outdated = present.filter((other) => !other.startsWith(name))
    await Promise.all(outdated.map((other) => rm(join(TEMPLATES, other), { recursive: true, force: true })))
  }
  return join(TEMPLATES, name)
}

/** Appears under its name only once it is complete; whoever makes one at the same time makes the same. */
async function make(name: string): Promise<void> {
  const unfinished = join(TEMPLATES, `${name}.${randomBytes(6).toString('hex')}`)
  const postgres = await startEmbeddedPostgres({ dataDir: unfinished })
  try {
    await migrateDatabase(postgres.connectionString)
  } finally {
    await postgres.close()
  }
  await rename(unfinished, join(TEMPLATES, name)).catch(async (error: unknown) => {
    await rm(unfinished, { recursive: true })
    if ((error as NodeJS.ErrnoException).code !== 'ENOTEMPTY') throw error
  })
}

async function sourcesHash(): Promise<string> {
  const files = globSync(SOURCES, { cwd: ROOT }).sort()
  const hash = createHash('sha256')
  for (const file of files) hash.update(`${file}\n`).update(await readFile(join(ROOT, file)))
  return hash.digest('hex').slice(0, 16)
}
