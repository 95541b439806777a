/**
 * `npm run client:verify -- <url>`: whether the web client that a relay serves is the one that stands in its key log. Reads the manifest, has
 * the log prove it, and compares every file. `--key` says which log it has to be; otherwise the relay's word is taken for it. `--build <folder>`
 * compares with a build of one's own, too (`dist/web` after `npm run build`).
 *
 * Exit code: 0 confirmed, 1 could not be verified, 2 wrong.
 */

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import * as v from 'valibot'
import { CLIENT_MANIFEST_PATH, type ClientFile, digestOf, readClientManifest } from '#protocol/client-manifest.ts'
import { clientLog } from '#protocol/http/client-log.ts'
import { parseVerifierKey } from '#protocol/merkle/notes/keys.ts'
import { verifyManifest } from '#protocol/merkle/verify-manifest.ts'
import { Failure, runCommand } from './lib/failure.ts'
import { announcedLog, get } from './lib/published-log.ts'

const WRONG = 2
/** Files that are asked for at once. */
const AT_ONCE = 8
const TIMEOUT_MS = 30_000

const say = (text: string): void => void process.stdout.write(`${text}\n`)

/** Something is not as it should be. */
class WrongError extends Error {}

async function proofOf(relay: URL, digest: string): Promise<v.InferOutput<typeof clientLog.response>> {
  const response = await fetch(new URL(clientLog.path, relay), {
    method: clientLog.method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ digest, pinned: 0 }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).catch(() => undefined)
  if (response?.ok !== true) throw new Failure(`${relay.origin} does not show its log.`)
  const parsed = v.safeParse(clientLog.response, await response.json().catch(() => undefined))
  if (!parsed.success) throw new WrongError('manifestUnlogged: what the relay shows of its log is no proof.')
  return parsed.output
}

/** What is wrong with a file that the relay serves; `undefined` when it is the manifest's. */
async function troubleOf(relay: URL, { path, sha256 }: ClientFile): Promise<string | undefined> {
  // The page has no name of its own: asked for by its file's, it is elsewhere.
  const served = await get(new URL(path === '/index.html' ? '/' : path, relay))
  if (served === undefined) return `fileMissing: ${path}`
  return digestOf(served) === sha256 ? undefined : `fileChanged: ${path}`
}

async function verify(relay: URL, givenKey: string | undefined, build: string | undefined): Promise<void> {
  const bytes = await get(new URL(CLIENT_MANIFEST_PATH, relay))
  if (bytes === undefined) throw new WrongError('manifestMissing: the relay serves no manifest of its client.')
  const manifest = readClientManifest(bytes)
  if (manifest === undefined) throw new WrongError('manifestMalformed: what it serves is none.')
  const digest = digestOf(bytes)
  const key = givenKey ?? (await announcedLog(relay)).key
  const logKey = parseVerifierKey(key)
  if (logKey?.kind !== 'log') throw new Failure(`"${key}" is not a verifier key of a log.`)
  const trust = { origin: logKey.name, logKey, witnesses: [], quorum: 0 }
  const proven = verifyManifest(await proofOf(relay, digest), trust, digest, 0)
  if (typeof proven === 'string') throw new WrongError(`${proven}: the log does not show the manifest ${digest}.`)
  const troubles: string[] = []
  for (let at = 0; at < manifest.files.length; at += AT_ONCE) {
    const some = manifest.files.slice(at, at + AT_ONCE)
    const found = await Promise.all(some.map((file) => troubleOf(relay, file)))
    troubles.push(...found.filter((trouble) => trouble !== undefined))
  }
  if (troubles.length > 0) throw new WrongError(troubles.join('\n'))
  if (build !== undefined) {
    const own = await readFile(join(build, CLIENT_MANIFEST_PATH)).catch(() => {
      throw new Failure(`${build} has no build of the client.`)
    })
    if (digestOf(own) !== digest) throw new WrongError(`buildDiffers: ${build} is another build.`)
  }
  const { size } = proven.head
  say(
    `Confirmed: build ${proven.sequence} of ${logKey.name}, in its log of ${size} leaves. ${manifest.files.length} files, manifest ${digest}.`,
  )
  if (givenKey === undefined) say(`The relay's own word was taken for the log's key: ${key}`)
}

await runCommand(async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { key: { type: 'string' }, build: { type: 'string' } },
  })
  const [address, ...more] = positionals
  if (address === undefined || more.length > 0 || !URL.canParse(address))
    throw new Failure('Name one relay: npm run client:verify -- https://relay.example [--key VKEY] [--build FOLDER]')
  try {
    await verify(new URL(address), values.key, values.build)
  } catch (error) {
    if (!(error instanceof WrongError)) throw error
    process.stderr.write(`Wrong: ${error.message}\n`)
    process.exitCode = WRONG
  }
})
