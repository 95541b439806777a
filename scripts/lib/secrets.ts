import { randomBytes } from 'node:crypto'
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Failure } from './failure.ts'

const TOKEN_SECRET = /^[\w-]{43}$/

/** The key of access tokens, 32 random octets in base64url: made once, readable by this user alone. */
export async function loadTokenSecret(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const file = join(folder, 'token-secret')
  const kept = await readFile(file, 'utf8').catch(absent)
  if (kept === undefined) return create(file)
  if (!TOKEN_SECRET.test(kept.trim()))
    throw new Failure(`${file} is damaged. Remove it to have a new one made: clients then log in anew.`)
  return kept.trim()
}

/** 32 random octets in base64url. */
export function newTokenSecret(): string {
  return randomBytes(32).toString('base64url')
}

/** The file appears under its name only once it is complete. */
async function create(file: string): Promise<string> {
  const unfinished = `${file}.${randomBytes(6).toString('hex')}`
  await writeFile(unfinished, newTokenSecret(), { mode: 0o600, flush: true })
  // Unlike a rename, a link does not replace a file that another process made meanwhile.
  await link(unfinished, file).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  })
  await rm(unfinished)
  return (await readFile(file, 'utf8')).trim()
}

function absent(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
}
