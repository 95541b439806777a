import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/** Another process has the folder open. */
export class FolderInUseError extends Error {
  override readonly name = 'FolderInUseError'

  constructor(folder: string) {
    super(`${folder} is in use by another process`)
  }
}

const SQLITE_BUSY = 5

/**
 * Makes the folder if need be and keeps every other caller out of it until `release`. The lock is SQLite's on a file, so
 * the system frees it when the process dies, however it dies. Throws {@link FolderInUseError}.
 */
export function lockFolder(folder: string): { release(): void } {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const lock = new DatabaseSync(join(folder, 'lock'))
  try {
    lock.exec('pragma locking_mode = exclusive; begin exclusive')
  } catch (error) {
    lock.close()
    throw (error as { errcode?: number }).errcode === SQLITE_BUSY ? new FolderInUseError(folder) : error
  }
  return { release: () => lock.close() }
}
