/** Benchmarks of the client, which run by themselves and print JSON. */

import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

const FILES = ['crypto.ts', 'drain-sdk.ts']

/** Runs each in a process of its own; what it printed, by file name. One that fails says so in its place. */
export async function runOthers(): Promise<Record<string, unknown>> {
  const results: Record<string, unknown> = {}
  for (const file of FILES) {
    const path = join(import.meta.dirname, file)
    if (!existsSync(path)) continue
    try {
      const { stdout } = await promisify(execFile)(process.execPath, [path], { timeout: 120_000 })
      results[file] = JSON.parse(stdout)
    } catch (error) {
      results[file] = { failed: error instanceof Error ? error.message : String(error) }
    }
  }
  return results
}
