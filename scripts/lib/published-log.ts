/** A published key log, read over HTTP. */

import { setTimeout as sleep } from 'node:timers/promises'
import * as v from 'valibot'
import { configuration } from '#protocol/http/accounts.ts'
import { concatBytes, fromBase64url } from '#protocol/bytes.ts'
import type { AuditedLog, ReadPublished } from '#protocol/merkle/audit/audit.ts'
import { parseVerifierKey } from '#protocol/merkle/notes/keys.ts'
import { Failure } from './failure.ts'

/** A file of the log has at most some 256 leaves of 64 KiB; ours are far below. */
const MAX_FILE_BYTES = 16 * 1_024 * 1_024
const TIMEOUT_MS = 30_000
/** Of a request that is over the relay's limit. */
const ATTEMPTS = 5

/** What names a log: see {@link AuditedLog}. The index key is base64url. */
export interface LogNames {
  readonly key: string
  readonly indexKey: string
  /** Verifier keys of those who may have cosigned. */
  readonly witnesses?: readonly string[] | undefined
}

/** A file; `undefined` where there is none. Waits where it is asked too often. Throws {@link Failure}. */
export async function get(url: URL, attempts = ATTEMPTS): Promise<Uint8Array | undefined> {
  let response: Response
  try {
    response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS), redirect: 'error' })
    if (response.ok) return await readBody(url, response)
  } catch (error) {
    if (error instanceof Failure) throw error
    throw new Failure(`${url.origin} does not answer.`)
  }
  if (response.status === 404) return undefined
  if (response.status !== 429 || attempts <= 1) throw new Failure(`${url.href} answers with status ${response.status}.`)
  const seconds = Number(response.headers.get('retry-after') ?? '1') || 1
  await sleep(Math.min(60, Math.max(1, seconds)) * 1_000)
  return get(url, attempts - 1)
}

async function readBody(url: URL, { body }: Response): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body ?? []) {
    size += chunk.length
    if (size > MAX_FILE_BYTES) throw new Failure(`${url.href} is too large.`)
    chunks.push(chunk)
  }
  return concatBytes(...chunks)
}

/** Reads files of the log that the relay at `relay` publishes. */
export function readPublished(relay: URL): ReadPublished {
  return (path) => get(new URL(`/key-log/${path}`, relay))
}

/** The log that the relay says it keeps: its word alone. */
export async function announcedLog(relay: URL): Promise<LogNames> {
  const bytes = await get(new URL('/v1/configuration', relay))
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), configuration.response), new TextDecoder().decode(bytes))
  if (!parsed.success) throw new Failure(`${relay.origin} is not a SilentRelay.`)
  const { keyLog } = parsed.output
  if (keyLog === undefined) throw new Failure(`${relay.origin} keeps no key log.`)
  return keyLog
}

/** The log of these names. Throws {@link Failure} when they name none. */
export function auditedLog({ key, indexKey, witnesses = [] }: LogNames): AuditedLog {
  const parsed = parseVerifierKey(key)
  if (parsed?.kind !== 'log') throw new Failure(`"${key}" is not a verifier key of a log.`)
  if (!/^[\w-]{43}$/.test(indexKey)) throw new Failure(`"${indexKey}" is not an index key.`)
  const cosigners = witnesses.map((one) => {
    const witness = parseVerifierKey(one)
    if (witness?.kind !== 'cosignature') throw new Failure(`"${one}" is not a verifier key of a witness.`)
    return witness
  })
  return { origin: parsed.name, key: parsed, indexKey: fromBase64url(indexKey), witnesses: cosigners }
}
