import { join } from 'node:path'
import { build } from 'esbuild'
import { ROOT } from './folders.ts'

/** The Worker as one module, with the conditions that wrangler's own bundler resolves packages by. */
export async function bundleWorker(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(ROOT, 'workers/index.ts')],
    absWorkingDir: ROOT,
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2024',
    platform: 'neutral',
    conditions: ['workerd', 'worker', 'browser'],
    mainFields: ['browser', 'module', 'main'],
    external: ['cloudflare:*', 'node:*'],
    keepNames: true,
    legalComments: 'none',
    logLevel: 'silent',
  })
  const [output] = outputFiles
  if (output === undefined) throw new Error('the bundler made no output')
  return output.text
}
