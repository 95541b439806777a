import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { FolderInUseError, lockFolder } from '#db/local/exclusive.ts'
import { startDatabase, type DatabaseVariables } from './database.ts'
import { Failure } from './failure.ts'
import type { DataFolders } from './folders.ts'

/** Left by a running relay in its secrets folder, so that commands reach its database: an embedded one has one user. */
const FILE = 'database.json'

/** Tells other commands of this user where the database of the running relay is. */
export async function publishDatabase(
  folder: string,
  variables: DatabaseVariables,
): Promise<{ close(): Promise<void> }> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const file = join(folder, FILE)
  await writeFile(file, JSON.stringify(variables), { mode: 0o600 })
  return { close: () => rm(file, { force: true }) }
}

/** Runs `work` with the database of a relay, whether the relay runs or not. `url`: a server besides the embedded one. */
export async function withDatabase<T>(
  folders: DataFolders,
  url: string | undefined,
  work: (variables: DatabaseVariables) => Promise<T>,
): Promise<T> {
  let lock: { release(): void } | undefined
  try {
    lock = lockFolder(folders.data)
  } catch (error) {
    if (!(error instanceof FolderInUseError)) throw error
    const published = await readFile(join(folders.secrets, FILE), 'utf8').catch(() => undefined)
    if (published === undefined)
      throw new Failure('The relay on this data is just starting or stopping: try again in a moment.')
    return work(JSON.parse(published) as DatabaseVariables)
  }
  try {
    const database = await startDatabase({ url, connections: undefined, folder: folders.postgres })
    try {
      return await work(database.variables)
    } finally {
      await database.close()
    }
  } finally {
    lock.release()
  }
}
