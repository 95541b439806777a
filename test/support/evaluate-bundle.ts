/** Prints the milliseconds of processor time that evaluating a Worker's bundle takes this thread. */

import { registerHooks } from 'node:module'
import { pathToFileURL } from 'node:url'

// The one module of the platform that a bundle imports: the classes it extends.
const PLATFORM = 'export class DurableObject {}; export class WorkerEntrypoint {}; export const env = {}'

registerHooks({
  resolve: (specifier, context, next) =>
    specifier.startsWith('cloudflare:')
      ? { url: `data:text/javascript,${encodeURIComponent(PLATFORM)}`, shortCircuit: true }
      : next(specifier, context),
})

const bundle = process.argv[2]
if (bundle === undefined) throw new Error('name the bundle')
// The loader is warm before the clock runs: what remains is the module's own work.
const platform = 'cloudflare:workers'
await import(platform)
const before = process.threadCpuUsage()
const module = (await import(pathToFileURL(bundle).href)) as { default?: { fetch?: unknown } }
const { user, system } = process.threadCpuUsage(before)
if (typeof module.default?.fetch !== 'function') throw new Error('this is not the Worker')
process.stdout.write(String((user + system) / 1_000))
