/** workerd itself, serving one bundled Worker: no proxy and no simulator between it and the load. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { build } from 'esbuild'

export interface WorkerdOptions {
  /** The Worker's entry module. */
  readonly entry: string
  /** Holds the bundle, the configuration and the objects' storage. */
  readonly folder: string
  /** Durable Object classes and the binding of each. */
  readonly objects: Readonly<Record<string, string>>
  readonly variables?: Readonly<Record<string, string>>
  readonly compatibilityDate: string
  /** `host:port` of the inspector, to take a CPU profile. */
  readonly inspector?: string | undefined
}

export interface Workerd {
  readonly port: number
  readonly pid: number
  close(): Promise<void>
}

/** Bundles with what wrangler gives esbuild; whether that is the bundle that ships, the deployment's own check says. */
async function bundle(entry: string, outfile: string): Promise<void> {
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    format: 'esm',
    target: 'es2024',
    conditions: ['workerd', 'worker', 'browser'],
    mainFields: ['browser', 'module', 'main'],
    external: ['cloudflare:*', 'node:*'],
    logLevel: 'error',
  })
}

function text(value: string): string {
  return JSON.stringify(value)
}

function configuration({ objects, variables = {}, compatibilityDate, folder }: WorkerdOptions): string {
  const bindings = [
    ...Object.entries(objects).map(
      ([className, name]) => `(name = ${text(name)}, durableObjectNamespace = ${text(className)})`,
    ),
    ...Object.entries(variables).map(([name, value]) => `(name = ${text(name)}, text = ${text(value)})`),
  ]
  const namespaces = Object.keys(objects).map(
    (className) => `(className = ${text(className)}, uniqueKey = ${text(`bench-${className}`)}, enableSql = true)`,
  )
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .worker),
    (name = "storage", disk = (path = ${text(join(folder, 'storage'))}, writable = true)),
    (name = "network", network = (allow = ["public", "private"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const worker :Workerd.Worker = (
  modules = [(name = "worker.js", esModule = embed "worker.js")],
  compatibilityDate = ${text(compatibilityDate)},
  bindings = [${bindings.join(', ')}],
  durableObjectNamespaces = [${namespaces.join(', ')}],
  durableObjectStorage = (localDisk = "storage"),
  globalOutbound = "network",
);
`
}

/** Starts workerd on a free port of 127.0.0.1. Throws when it does not come up. */
export async function startWorkerd(options: WorkerdOptions): Promise<Workerd> {
  const { folder, entry, inspector } = options
  await mkdir(join(folder, 'storage'), { recursive: true })
  await bundle(entry, join(folder, 'worker.js'))
  const file = join(folder, 'workerd.capnp')
  await writeFile(file, configuration(options))
  const binary = createRequire(import.meta.url).resolve('workerd/bin/workerd')
  const child = spawn(
    binary,
    ['serve', '--control-fd=3', ...(inspector === undefined ? [] : [`--inspector-addr=${inspector}`]), file],
    { stdio: ['ignore', 'ignore', 'inherit', 'pipe'] },
  )
  const port = await listening(child.stdio[3])
  return {
    port,
    pid: child.pid ?? 0,
    async close() {
      const exited = once(child, 'exit')
      // A gentle signal waits until every client has gone.
      child.kill('SIGKILL')
      await exited
    },
  }
}

/** workerd reports each socket that it listens on as a line of JSON. */
async function listening(control: unknown): Promise<number> {
  if (!(control instanceof Readable)) throw new TypeError('no control pipe')
  let received = ''
  // Stays open: workerd would find nobody there for what it reports later.
  for await (const chunk of control.iterator({ destroyOnReturn: false })) {
    received += String(chunk)
    for (const line of received.split('\n').slice(0, -1)) {
      const event = JSON.parse(line) as { event: string; socket?: string; port?: number }
      if (event.event === 'listen' && event.socket === 'http' && event.port !== undefined) return event.port
    }
  }
  throw new Error('workerd did not start')
}
