import { lockFolder, FolderInUseError } from '#db/local/exclusive.ts'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CLIENT_MANIFEST_PATH, digestOf } from '#protocol/client-manifest.ts'
import { clientLog } from '#protocol/http/client-log.ts'
import { BUILD_FOLDERS, ensureClient } from './client-build.ts'
import { startDatabase, type RunningDatabase } from './database.ts'
import { startEdge, type Edge } from './edge.ts'
import { openEdgeLog, type EdgeLog } from './edge-log.ts'
import { Failure } from './failure.ts'
import { dataFolders } from './folders.ts'
import { requireFreePort } from './ports.ts'
import { publishDatabase } from './running-database.ts'
import { LOCAL_S3 } from './miniflare.ts'
import {
  loadAuditSigningKey,
  loadKeyLogSecret,
  loadMediaSecret,
  loadOperatorSecret,
  loadSealedSenderSecret,
  loadTokenSecret,
  loadVapidKey,
} from './secrets.ts'

/** Variables of wrangler.toml, and of Upstash, that the environment may set. */
const PASSED_THROUGH = [
  'REGISTRATION',
  'ALLOWED_ORIGINS',
  'REGISTRATIONS_PER_HOUR',
  'PERSIST_AFTER_S',
  'KEY_LOG_ORIGIN',
  'KEY_LOG_WITNESSES',
  'KEY_LOG_BATCH_MS',
  'ALERT_PAGERDUTY_KEY',
  'ALERT_PAGERDUTY_URL',
  'ALERT_OPSGENIE_KEY',
  'ALERT_OPSGENIE_URL',
  'ALERT_WEBHOOK_URL',
  'ALERT_WEBHOOK_SECRET',
  'PUSH_HOSTS',
  'FCM_SERVICE_ACCOUNT',
  'APNS',
  'UPSTASH_REDIS_REST_URL',
  'UPSTASH_REDIS_REST_TOKEN',
]

export interface SystemOptions {
  host: string
  port: number
  /** Folder of all data; `.data` of the repository when unset. */
  data: string | undefined
  env: Readonly<Record<string, string | undefined>>
  say: (text: string) => void
}

export interface RunningSystem {
  readonly url: string
  /** What is embedded and where data lives: one line each. */
  readonly description: readonly string[]
  close(): Promise<void>
}

/** The whole relay on this machine. Throws {@link Failure} when the port or the data are in use, or a setting is wrong. */
export async function startSystem(options: SystemOptions): Promise<RunningSystem> {
  const { host, port, env, say } = options
  const folders = dataFolders(options.data)
  const lock = lockData(folders.data)
  const opened: { close(): Promise<void> }[] = [{ close: () => Promise.resolve(lock.release()) }]
  const closeAll = async (): Promise<void> => {
    for (const part of opened.toReversed()) await part.close()
  }
  try {
    await requireFreePort(host, port)
    const client = env['CLIENT_DIR'] || undefined
    if (client === undefined) await ensureClient(() => say('Building the web client…'))
    const tokenSecret = await loadTokenSecret(folders.secrets)
    const auditSigningKey = await loadAuditSigningKey(folders.secrets)
    const keyLogSecret = await loadKeyLogSecret(folders.secrets)
    const sealedSenderSecret = await loadSealedSenderSecret(folders.secrets)
    const log: EdgeLog = await openEdgeLog(folders.log, say)
    opened.push(log)
    const database: RunningDatabase = await startDatabase({
      url: env['DATABASE_URL'],
      ownerUrl: env['DATABASE_OWNER_URL'],
      connections: parseConnections(env['DATABASE_CONNECTIONS']),
      folder: folders.postgres,
    })
    opened.push(database, await publishDatabase(folders.secrets, database.variables))
    const variables = {
      ...passedThrough(env),
      ...database.variables,
      TOKEN_SECRET: tokenSecret,
      AUDIT_SIGNING_KEY: auditSigningKey,
      KEY_LOG_SECRET: keyLogSecret,
      SEALED_SENDER_SECRET: sealedSenderSecret,
      OPERATOR_SECRET: await loadOperatorSecret(folders.secrets),
      VAPID_PRIVATE_KEY: await loadVapidKey(folders.secrets),
      VAPID_SUBJECT: env['VAPID_SUBJECT'] || 'mailto:nobody@localhost',
      MEDIA_S3_ENDPOINT: LOCAL_S3,
      MEDIA_S3_ACCESS_KEY_ID: 'embedded',
      MEDIA_S3_SECRET_ACCESS_KEY: await loadMediaSecret(folders.secrets),
    }
    const edge: Edge = await startEdge({ host, port, variables, folder: folders.edge, client, log, say })
    opened.push(edge)
    const url = `http://${host.includes(':') ? `[${host}]` : host === '127.0.0.1' ? 'localhost' : host}:${port}`
    await recordClient(url, client)
    return {
      url,
      description: [
        `Database:        ${database.description}`,
        `Objects and R2:  embedded (workerd), in ${folders.edge}`,
        `Shared counters: ${env['UPSTASH_REDIS_REST_URL'] ? 'Upstash Redis' : 'embedded (an object)'}`,
        `Registration:    ${env['REGISTRATION'] || 'as in wrangler.toml'}`,
        `Log:             ${log.file}`,
      ],
      close: closeAll,
    }
  } catch (error) {
    await closeAll()
    throw error
  }
}

/** Has the build that is served recorded in the key log, which a page would do otherwise. The relay starts whatever comes of it. */
async function recordClient(url: string, folder: string | undefined): Promise<void> {
  const manifest = await readFile(join(folder ?? BUILD_FOLDERS.production, CLIENT_MANIFEST_PATH)).catch(() => undefined)
  if (manifest === undefined) return
  await fetch(new URL(clientLog.path, url), {
    method: clientLog.method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ digest: digestOf(manifest), pinned: 0 }),
    signal: AbortSignal.timeout(10_000),
  }).catch(() => undefined)
}

function lockData(folder: string): { release(): void } {
  try {
    return lockFolder(folder)
  } catch (error) {
    if (!(error instanceof FolderInUseError)) throw error
    throw new Failure(
      `A relay already runs on the data in ${folder}. Stop it, or choose another folder: DATA_DIR=… npm start`,
    )
  }
}

function passedThrough(env: SystemOptions['env']): Record<string, string> {
  const entries = PASSED_THROUGH.map((name) => [name, env[name] ?? ''] as const)
  return Object.fromEntries(entries.filter(([, value]) => value !== ''))
}

function parseConnections(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined
  if (!/^[1-9]\d{0,2}$/.test(text))
    throw new Failure(`DATABASE_CONNECTIONS is "${text}": it must be a number from 1 to 999.`)
  return Number(text)
}
