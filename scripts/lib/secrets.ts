import { randomBytes } from 'node:crypto'
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Failure } from './failure.ts'

const SECRET = /^[\w-]{43}$/

/** The key of access tokens, 32 random octets in base64url: made once, readable by this user alone. */
export function loadTokenSecret(folder: string): Promise<string> {
  return load(folder, 'token-secret', 'Remove it to have a new one made: clients then log in anew.')
}

/** The key that signs the audit log's daily heads, likewise. */
export function loadAuditSigningKey(folder: string): Promise<string> {
  return load(
    folder,
    'audit-signing-key',
    'Restore it from a copy. If there is none, remove it to have a new one made, and keep the public key of the old one for npm run audit:verify.',
  )
}

/** The secret of the key log, which ends when it is lost: made once, readable by this user alone. */
export function loadKeyLogSecret(folder: string, name = 'key-log-secret'): Promise<string> {
  return load(folder, name, 'Put a copy of it back. A new one begins another log, of which every client warns.')
}

/** The secret of sender certificates and delivery tokens, likewise. */
export function loadSealedSenderSecret(folder: string): Promise<string> {
  return load(folder, 'sealed-sender-secret', 'Remove it to have a new one made: tokens that were taken are void then.')
}

/** What signs addresses of the embedded storage of media, likewise. */
export function loadMediaSecret(folder: string): Promise<string> {
  return load(folder, 'media-storage-secret', 'Remove it to have a new one made.')
}

/** The private key by which push services know this relay, likewise: any 32 octets are one, but for some in 2^128. */
export function loadVapidKey(folder: string): Promise<string> {
  return load(folder, 'vapid-private-key', 'Remove it to have a new one made: devices have to subscribe anew then.')
}

/** What whoever operates this relay proves it by, likewise. */
export function loadOperatorSecret(folder: string): Promise<string> {
  return load(folder, 'operator-secret', 'Remove it to have a new one made.')
}

/** 32 random octets in base64url. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url')
}

async function load(folder: string, name: string, ifDamaged: string): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const file = join(folder, name)
  const kept = await readFile(file, 'utf8').catch(absent)
  if (kept === undefined) return create(file)
  if (!SECRET.test(kept.trim())) throw new Failure(`${file} is damaged. ${ifDamaged}`)
  return kept.trim()
}

/** The file appears under its name only once it is complete. */
async function create(file: string): Promise<string> {
  const unfinished = `${file}.${randomBytes(6).toString('hex')}`
  await writeFile(unfinished, newSecret(), { mode: 0o600, flush: true })
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
