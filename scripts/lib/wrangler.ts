import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { join } from 'node:path'
import { ROOT } from './folders.ts'

export interface WranglerResult {
  readonly code: number
  /** What it printed, unless that was shown. */
  readonly output: string
}

/** Runs wrangler in the repository. `show`: on this terminal, which it may also ask. Sends no usage statistics. */
export async function wrangler(args: readonly string[], show: boolean): Promise<WranglerResult> {
  const child = spawn(process.execPath, [join(ROOT, 'node_modules/wrangler/bin/wrangler.js'), ...args], {
    cwd: ROOT,
    stdio: show ? 'inherit' : ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, WRANGLER_SEND_METRICS: 'false' },
  })
  const output = child.stdout === null ? Promise.resolve('') : text(child.stdout)
  const [code] = (await once(child, 'exit')) as [number | null]
  return { code: code ?? 1, output: await output }
}
