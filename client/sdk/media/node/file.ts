import { mkdir, open, readFile, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { StoreFailedError, StoreFullError } from '../../store/errors.ts'
import { StoreClosedError } from '../../store/store.ts'
import type { MediaStore } from '../media-store.ts'

/** Keeps chunks in a folder: of each object a folder, of each chunk a file. */
export function openFileMediaStore(folder: string): MediaStore {
  return new FileMediaStore(folder)
}

class FileMediaStore implements MediaStore {
  readonly #folder: string
  #isClosed = false

  constructor(folder: string) {
    this.#folder = folder
  }

  write(object: string, index: number, sealed: Uint8Array): Promise<void> {
    return this.#run(async () => {
      const folder = this.#of(object)
      await mkdir(folder, { recursive: true, mode: 0o700 })
      // Under its name only when all of it is on the disk.
      const file = join(folder, String(index))
      const handle = await open(`${file}.part`, 'w', 0o600)
      try {
        await handle.writeFile(sealed)
        await handle.sync()
      } finally {
        await handle.close()
      }
      await rename(`${file}.part`, file)
    })
  }

  read(object: string, index: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
    return this.#run(async () => {
      const octets = await ifThere(readFile(join(this.#of(object), String(index))))
      return octets && Uint8Array.from(octets)
    })
  }

  count(object: string): Promise<number> {
    return this.#run(async () => {
      const there = new Set(await ifThere(readdir(this.#of(object))))
      let count = 0
      while (there.has(String(count))) count += 1
      return count
    })
  }

  delete(object: string): Promise<void> {
    return this.#run(() => rm(this.#of(object), { recursive: true, force: true }))
  }

  objects(): Promise<string[]> {
    return this.#run(async () => (await ifThere(readdir(this.#folder))) ?? [])
  }

  async close(): Promise<void> {
    this.#isClosed = true
  }

  /** @param object base64url, as names of objects are: nothing that leads elsewhere */
  #of(object: string): string {
    return join(this.#folder, object)
  }

  async #run<T>(task: () => Promise<T>): Promise<T> {
    if (this.#isClosed) throw new StoreClosedError()
    try {
      return await task()
    } catch (cause) {
      const code = codeOf(cause)
      if (code === 'ENOSPC' || code === 'EDQUOT') throw new StoreFullError(this.#folder, { cause })
      throw new StoreFailedError(this.#folder, { cause })
    }
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}

async function ifThere<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}
