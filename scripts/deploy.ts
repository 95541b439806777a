/**
 * `npm run deploy`: the relay on Cloudflare, its database on Neon. Migrates the database, makes the bucket and the secrets if
 * there are none, lets pages use the bucket's signed addresses, uploads the Worker. `--dry-run` builds and says what it would do, without any account.
 */

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { headPublicKey } from '#db/audit/heads.ts'
import { isNeon, migrateAsOwner, parseServer } from './lib/database.ts'
import { ensureClient } from './lib/client-build.ts'
import { dataFolders } from './lib/folders.ts'
import { Failure, runCommand } from './lib/failure.ts'
import { loadKeyLogSecret, newSecret } from './lib/secrets.ts'
import { wrangler } from './lib/wrangler.ts'

/** As in wrangler.toml. */
const BUCKET = 'silentrelay-media'
const QUEUES = ['silentrelay-push', 'silentrelay-push-dead']

/** Apart from that of `npm start`: two deployments with one secret would be two histories of one log. */
const DEPLOYED_KEY_LOG_SECRET = 'deployed-key-log-secret'

/** By which services devices are woken (docs/push.md). */
const PUSH = ['VAPID_PRIVATE_KEY', 'VAPID_SUBJECT', 'FCM_SERVICE_ACCOUNT', 'APNS'] as const

const UPSTASH = ['UPSTASH_REDIS_REST_URL', 'UPSTASH_REDIS_REST_TOKEN'] as const

/** How signed addresses of the bucket are used: all of these, or none, and no media. */
const MEDIA = ['MEDIA_S3_ENDPOINT', 'MEDIA_S3_ACCESS_KEY_ID', 'MEDIA_S3_SECRET_ACCESS_KEY'] as const

/** Any page may use an address that was signed for its user; what it gets is ciphertext. */
const CORS = {
  rules: [
    {
      allowed: { origins: ['*'], methods: ['GET', 'PUT'], headers: ['range'] },
      exposeHeaders: ['ETag', 'Content-Range'],
      maxAgeSeconds: 7_200,
    },
  ],
}

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

async function requireQueues(): Promise<void> {
  for (const queue of QUEUES) {
    const { code } = await wrangler(['queues', 'info', queue], false)
    if (code === 0) continue
    say(`Making the queue ${queue}…`)
    const made = await wrangler(['queues', 'create', queue], true)
    if (made.code !== 0) throw new Failure(`The queue ${queue} could not be made: see above.`)
  }
}

/** What a variable of the environment says; `undefined` where that is nothing. */
const given = (name: string): string | undefined => process.env[name] || undefined

/** The secrets of the storage of media; none when media are not wanted, or were set up before. */
async function mediaSecrets(existing: ReadonlySet<string>): Promise<Record<string, string>> {
  const missing = MEDIA.filter((name) => given(name) === undefined)
  if (missing.length === MEDIA.length) {
    if (!existing.has('MEDIA_S3_ENDPOINT'))
      say(`No media will be kept: set ${MEDIA.join(', ')} (an R2 API token) to have some.`)
    return {}
  }
  if (missing.length > 0) throw new Failure(`For media, ${missing.join(', ')} must be set too.`)
  await withFile(CORS, async (file) => {
    const { code } = await wrangler(['r2', 'bucket', 'cors', 'set', BUCKET, '--file', file, '--force'], true)
    if (code !== 0) throw new Failure(`The CORS rules of the bucket ${BUCKET} could not be set: see above.`)
  })
  return Object.fromEntries(MEDIA.map((name) => [name, given(name) ?? '']))
}

/** The key log's secret, made once. It cannot be read back from Cloudflare, so it is kept here. */
async function makeKeyLogSecret(): Promise<string> {
  const { secrets } = dataFolders(process.env['DATA_DIR'])
  const secret = await loadKeyLogSecret(secrets, DEPLOYED_KEY_LOG_SECRET)
  say(
    `The key log's secret is in ${join(secrets, DEPLOYED_KEY_LOG_SECRET)}. Keep a copy of it: without it the log ends.`,
  )
  return secret
}

/** Uploads the Worker and its secrets together, so that no version runs without them. */
async function upload(secrets: Record<string, string>): Promise<void> {
  await withFile(secrets, async (file) => {
    const { code } = await wrangler(['deploy', '--secrets-file', file], true)
    if (code !== 0) throw new Failure('The upload failed: see above.')
  })
}

/** Runs `use` with a file that holds this as JSON, readable by this user alone. */
async function withFile(json: object, use: (file: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'silentrelay-deploy-'))
  try {
    const file = join(folder, 'deploy.json')
    await writeFile(file, JSON.stringify(json), { mode: 0o600 })
    await use(file)
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
    `Dry run. A deployment would migrate the database of ${host}, make the bucket ${BUCKET}, the queues ${QUEUES.join(' and ')} and the secrets TOKEN_SECRET, AUDIT_SIGNING_KEY, KEY_LOG_SECRET, SEALED_SENDER_SECRET, OPERATOR_SECRET and VAPID_PRIVATE_KEY if there are none, and upload this Worker. ${MEDIA.every(given) ? 'Media would be kept in that bucket' : 'No media would be kept'}. Nothing was changed.`,
  )
}

async function deploy(url: string | undefined): Promise<void> {
  const server = neonServer(url)
  await requireLogin()
  await ensureClient(() => say('Building the web client…'))
  say(`Migrating the database of ${server.host}…`)
  await migrateAsOwner(server, process.env['DATABASE_OWNER_URL']).catch((error: unknown) => {
    throw new Failure(`The database cannot be migrated: ${(error as Error).message}`)
  })
  await requireBucket()
  await requireQueues()
  const secrets: Record<string, string> = { DATABASE_URL: server.href }
  const existing = await existingSecrets()
  // A new one would end every session: made once.
  if (!existing.has('TOKEN_SECRET')) secrets['TOKEN_SECRET'] = newSecret()
  // A new one would void the tokens that clients have taken.
  if (!existing.has('SEALED_SENDER_SECRET')) secrets['SEALED_SENDER_SECRET'] = newSecret()
  // Made once: nobody can ask Cloudflare for it again, so its public key is told now.
  const auditKey = existing.has('AUDIT_SIGNING_KEY') ? undefined : newSecret()
  if (auditKey !== undefined) secrets['AUDIT_SIGNING_KEY'] = auditKey
  if (process.env['KEY_LOG_SECRET']) secrets['KEY_LOG_SECRET'] = process.env['KEY_LOG_SECRET']
  else if (!existing.has('KEY_LOG_SECRET')) secrets['KEY_LOG_SECRET'] = await makeKeyLogSecret()
  // A new one would void the subscriptions of browsers.
  if (!existing.has('VAPID_PRIVATE_KEY')) secrets['VAPID_PRIVATE_KEY'] = newSecret()
  for (const name of PUSH) if (process.env[name]) secrets[name] = process.env[name]
  for (const name of UPSTASH) if (process.env[name]) secrets[name] = process.env[name]
  Object.assign(secrets, await mediaSecrets(existing))
  const operatorSecret = existing.has('OPERATOR_SECRET') ? undefined : newSecret()
  if (operatorSecret !== undefined) secrets['OPERATOR_SECRET'] = operatorSecret
  await upload(secrets)
  if (operatorSecret !== undefined) say(`For npm run tasks, to be kept: OPERATOR_SECRET=${operatorSecret}`)
  if (auditKey === undefined) return
  const publicKey = Buffer.from(headPublicKey(Buffer.from(auditKey, 'base64url'))).toString('base64url')
  say(`The audit log's public key, to be kept for npm run audit:verify: AUDIT_PUBLIC_KEY=${publicKey}`)
}

await runCommand(async () => {
  const { values } = parseArgs({ options: { 'dry-run': { type: 'boolean', default: false } } })
  await (values['dry-run'] ? dryRun : deploy)(process.env['DATABASE_URL'])
})
