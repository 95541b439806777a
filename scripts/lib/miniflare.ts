import { join } from 'node:path'
import { ROOT } from './folders.ts'
import type { EdgeLog } from './edge-log.ts'

export interface ServeOptions {
  host: string
  port: number
  /** The Worker's module. */
  script: string
  /** Variables and secrets, over those of wrangler.toml. */
  variables: Record<string, string>
  /** Where workerd keeps Durable Objects and R2. */
  folder: string
  /** The built web client; the folder that wrangler.toml names when unset. Read when workerd starts. */
  client: string | undefined
  log: EdgeLog
}

/** Where Miniflare serves the S3 interface of its buckets, on the Worker's own port. It takes requests to `localhost` only. */
export const LOCAL_S3 = '/cdn-cgi/local/r2/s3'

type Buckets = Record<string, { id: string; s3Credentials?: { accessKeyId: string; secretAccessKey: string } }>

function withCredentials(buckets: Buckets, variables: ServeOptions['variables']): Buckets {
  const { MEDIA_S3_ACCESS_KEY_ID: accessKeyId, MEDIA_S3_SECRET_ACCESS_KEY: secretAccessKey } = variables
  if (accessKeyId === undefined || secretAccessKey === undefined) return buckets
  const s3Credentials = { accessKeyId, secretAccessKey }
  return Object.fromEntries(Object.entries(buckets).map(([name, bucket]) => [name, { ...bucket, s3Credentials }]))
}

export interface Served {
  dispose(): Promise<void>
}

/**
 * One workerd that serves the Worker as wrangler.toml configures it. Not `wrangler dev`: that puts a second workerd in
 * front as a proxy, which makes each request several times slower, asks the network for updates and for a sample of
 * `request.cf`, and watches files.
 */
export async function serveWorker(options: ServeOptions): Promise<Served> {
  // Read when wrangler is loaded.
  process.env['WRANGLER_SEND_METRICS'] = 'false'
  // Loaded here, since it takes a second that only the commands that serve should wait.
  const [{ unstable_getMiniflareWorkerOptions: workerOptionsOf }, miniflare] = await Promise.all([
    import('wrangler'),
    import('miniflare'),
  ])
  const { host, port, script, variables, folder, client, log } = options
  const overrides = client === undefined ? {} : { assets: { directory: client } }
  const { workerOptions } = workerOptionsOf(join(ROOT, 'wrangler.toml'), undefined, { overrides })
  const server = new miniflare.Miniflare(
    miniflare.convertV4MiniflareOptions({
      host,
      port,
      cf: false,
      telemetry: { enabled: false },
      logRequests: false,
      log: new miniflare.NoOpLog(),
      handleStructuredLogs: ({ level, message }) => log.write(level, message),
      resourcePersistencePath: folder,
      ...workerOptions,
      // The simulator serves the bucket's S3 interface below `LOCAL_S3`, to whoever signs with these.
      r2Buckets: withCredentials(workerOptions['r2Buckets'] as Buckets, variables),
      // The folders of the objects' data are made from it: another name is another, empty relay.
      name: 'silentrelay',
      modules: [{ type: 'ESModule', path: 'worker.mjs', contents: script }],
      bindings: { ...(workerOptions['bindings'] as Record<string, string>), ...variables },
    }),
  )
  await server.ready
  return server
}
