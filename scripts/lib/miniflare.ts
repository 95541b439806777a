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
  log: EdgeLog
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
  const { workerOptions } = workerOptionsOf(join(ROOT, 'wrangler.toml'))
  const { host, port, script, variables, folder, log } = options
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
      // The folders of the objects' data are made from it: another name is another, empty relay.
      name: 'silentrelay',
      modules: [{ type: 'ESModule', path: 'worker.mjs', contents: script }],
      bindings: { ...(workerOptions['bindings'] as Record<string, string>), ...variables },
    }),
  )
  await server.ready
  return server
}
