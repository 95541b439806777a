/** Whether the web client that a relay serves is the one that stands in its key log. */

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import { CLIENT_MANIFEST_PATH, type ClientFile, digestOf, readClientManifest } from '#protocol/client-manifest.ts'
import { clientLog } from '#protocol/http/client-log.ts'
import { parseVerifierKey } from '#protocol/merkle/notes/keys.ts'
import { type ManifestFailure, verifyManifest } from '#protocol/merkle/verify-manifest.ts'
import { Failure } from './failure.ts'
import { announcedLog, get } from './published-log.ts'

/** Files that are asked for at once. */
const AT_ONCE = 8
const TIMEOUT_MS = 30_000

/** What can be wrong with a client that is served (SPEC, WM-3 and WM-4). */
type WrongName =
  ManifestFailure | 'manifestMissing' | 'manifestMalformed' | 'fileMissing' | 'fileChanged' | 'buildDiffers'

interface Trouble {
  readonly name: WrongName
  /** For people; of a file, its path. */
  readonly detail: string
}

/** The client that is served is not what it should be: at least one trouble. */
export class WrongClientError extends Error {
  override readonly name = 'WrongClientError'
  readonly troubles: readonly Trouble[]
  constructor(...troubles: readonly Trouble[]) {
    super(troubles.map(({ name, detail }) => `${name}: ${detail}`).join('\n'))
    this.troubles = troubles
  }
}

const wrong = (name: WrongName, detail: string) => new WrongClientError({ name, detail })

export interface VerifiedClient {
  /** The log's verifier key, and whether that is the relay's own word alone. */
  readonly key: string
  readonly isAnnounced: boolean
  readonly log: string
  readonly size: number
  /** The number of the build in the log. */
  readonly sequence: number
  readonly files: number
  /** Of the manifest. */
  readonly digest: string
}

async function proofOf(relay: URL, digest: string): Promise<v.InferOutput<typeof clientLog.response>> {
  const response = await fetch(new URL(clientLog.path, relay), {
    method: clientLog.method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ digest, pinned: 0 }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).catch(() => undefined)
  if (response?.ok !== true) throw new Failure(`${relay.origin} does not show its log.`)
  const parsed = v.safeParse(clientLog.response, await response.json().catch(() => undefined))
  if (!parsed.success) throw wrong('manifestUnlogged', 'what the relay shows of its log is no proof.')
  return parsed.output
}

/** What is wrong with a file that the relay serves; `undefined` when it is the manifest's. */
async function troubleOf(relay: URL, { path, sha256 }: ClientFile): Promise<Trouble | undefined> {
  // The page has no name of its own: asked for by its file's, it is elsewhere.
  const served = await get(new URL(path === '/index.html' ? '/' : path, relay))
  if (served === undefined) return { name: 'fileMissing', detail: path }
  return digestOf(served) === sha256 ? undefined : { name: 'fileChanged', detail: path }
}

/**
 * Reads the manifest, has the log prove it, and compares every file.
 *
 * @param givenKey the log that it has to be; otherwise the relay's word is taken for it
 * @param build a folder with a build of one's own, to be compared too
 * @throws WrongClientError; Failure when it could not be verified
 */
export async function verifyClient(relay: URL, givenKey?: string, build?: string): Promise<VerifiedClient> {
  const bytes = await get(new URL(CLIENT_MANIFEST_PATH, relay))
  if (bytes === undefined) throw wrong('manifestMissing', 'the relay serves no manifest of its client.')
  const manifest = readClientManifest(bytes)
  if (manifest === undefined) throw wrong('manifestMalformed', 'what it serves is none.')
  const digest = digestOf(bytes)
  const key = givenKey ?? (await announcedLog(relay)).key
  const logKey = parseVerifierKey(key)
  if (logKey?.kind !== 'log') throw new Failure(`"${key}" is not a verifier key of a log.`)
  const trust = { origin: logKey.name, logKey, witnesses: [], quorum: 0 }
  const proven = verifyManifest(await proofOf(relay, digest), trust, digest, 0)
  if (typeof proven === 'string') throw wrong(proven, `the log does not show the manifest ${digest}.`)
  const troubles: Trouble[] = []
  for (let at = 0; at < manifest.files.length; at += AT_ONCE) {
    const some = manifest.files.slice(at, at + AT_ONCE)
    const found = await Promise.all(some.map((file) => troubleOf(relay, file)))
    troubles.push(...found.filter((trouble) => trouble !== undefined))
  }
  if (troubles.length > 0) throw new WrongClientError(...troubles)
  if (build !== undefined) {
    const own = await readFile(join(build, CLIENT_MANIFEST_PATH)).catch(() => {
      throw new Failure(`${build} has no build of the client.`)
    })
    if (digestOf(own) !== digest) throw wrong('buildDiffers', `${build} is another build.`)
  }
  return {
    key,
    isAnnounced: givenKey === undefined,
    log: logKey.name,
    size: proven.head.size,
    sequence: proven.sequence,
    files: manifest.files.length,
    digest,
  }
}
