/**
 * `npm run deploy`: the relay on Cloudflare, its database on Neon. Migrates the database, makes the bucket and the token
 * secret if there are none, uploads the Worker. `--dry-run` builds and says what it would do, without any account.
 */

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { migrateDatabase } from '#db/local/migrate.ts'
import { directUrl, isNeon, parseServer } from './lib/database.ts'
import { ensureClient } from './lib/client-build.ts'
import { Failure, runCommand } from './lib/failure.ts'
import { newTokenSecret } from './lib/secrets.ts'
import { wrangler } from './lib/wrangler.ts'

/** As in wrangler.toml. */
const BUCKET = 'silentrelay-media'

const UPSTASH = ['UPSTASH_REDIS_REST_URL', 'UPSTASH_REDIS_REST_TOKEN'] as const

const say = (text: string): void => void process.stdout.write(`${text}\n`)

function neonServer(url: string | undefined): URL {
  if (url === undefined || url === '')
    throw new Failure('DATABASE_URL is not set: give the address of a Neon database (postgres://…).')
  const server = parseServer(url)
  if (!isNeon(server))
    throw new Failure(
      `DATABASE_URL names ${server.host}: at the edge the database is reached over Neon's HTTP protocol, so it must be one of Neon's (….neon.tech).`,
    )
  return server
}

/** Names of the secrets that the deployed Worker has; none before the first deployment. */
async function existingSecrets(): Promise<Set<string>> {
  const { code, output } = await wrangler(['secret', 'list', '--format', 'json'], false)
  if (code !== 0) return new Set()
  return new Set((JSON.parse(output) as { name: string }[]).map(({ name }) => name))
}

async function requireLogin(): Promise<void> {
  const { code } = await wrangler(['whoami', '--json'], false)
  if (code !== 0)
    throw new Failure('Not logged in at Cloudflare: run "npx wrangler login", or set CLOUDFLARE_API_TOKEN.')
}

async function requireBucket(): Promise<void> {
  const { code } = await wrangler(['r2', 'bucket', 'info', BUCKET, '--json'], false)
  if (code === 0) return
  say(`Making the bucket ${BUCKET}…`)
  const made = await wrangler(['r2', 'bucket', 'create', BUCKET], true)
  if (made.code !== 0) throw new Failure(`The bucket ${BUCKET} could not be made: see above.`)
}

/** Uploads the Worker and its secrets together, so that no version runs without them. */
async function upload(secrets: Record<string, string>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'silentrelay-deploy-'))
  try {
    const file = join(folder, 'secrets.json')
    await writeFile(file, JSON.stringify(secrets), { mode: 0o600 })
    const { code } = await wrangler(['deploy', '--secrets-file', file], true)
    if (code !== 0) throw new Failure('The upload failed: see above.')
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function dryRun(url: string | undefined): Promise<void> {
  await ensureClient(() => say('Building the web client…'))
  const folder = await mkdtemp(join(tmpdir(), 'silentrelay-deploy-'))
  try {
    const { code } = await wrangler(['deploy', '--dry-run', '--outdir', folder], true)
    if (code !== 0) throw new Failure('The Worker does not build: see above.')
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  const set = url !== undefined && url !== ''
  const host = set ? neonServer(url).host : 'DATABASE_URL, which is not set yet'
  say(
    `Dry run. A deployment would migrate the database of ${host}, make the bucket ${BUCKET} and the secret TOKEN_SECRET if there are none, and upload this Worker. Nothing was changed.`,
  )
}

async function deploy(url: string | undefined): Promise<void> {
  const server = neonServer(url)
  await requireLogin()
  await ensureClient(() => say('Building the web client…'))
  say(`Migrating the database of ${server.host}…`)
  await migrateDatabase(directUrl(server)).catch((error: unknown) => {
    throw new Failure(`The database cannot be migrated: ${(error as Error).message}`)
  })
  await requireBucket()
  const secrets: Record<string, string> = { DATABASE_URL: server.href }
  // A new one would end every session: made once.
  if (!(await existingSecrets()).has('TOKEN_SECRET')) secrets['TOKEN_SECRET'] = newTokenSecret()
  for (const name of UPSTASH) if (process.env[name]) secrets[name] = process.env[name]
  await upload(secrets)
}

await runCommand(async () => {
  const { values } = parseArgs({ options: { 'dry-run': { type: 'boolean', default: false } } })
  await (values['dry-run'] ? dryRun : deploy)(process.env['DATABASE_URL'])
})
