/** Benchmarks of the client, which run by themselves and print JSON. */

import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import * as v from 'valibot'
import { type Measure, alone } from './goals.ts'

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

const Median = v.object({ median: v.number() })
const Crypto = v.object({ results: v.object({ sessionBuild: Median, encrypt1KiB: Median, decrypt1KiB: Median }) })
const Drain = v.object({ memory: v.object({ envelopesPerSecond: v.number() }) })

/** What they printed, beside the goals; a benchmark that did not run has no line. */
export function clientMeasures(results: Record<string, unknown>): Measure[] {
  const measures: Measure[] = []
  const crypto = v.safeParse(Crypto, results['crypto.ts'])
  if (crypto.success) {
    const { sessionBuild, encrypt1KiB, decrypt1KiB } = crypto.output.results
    measures.push(
      alone('session build', 'ms', [sessionBuild.median]),
      alone('encrypt 1 KiB', 'ms', [encrypt1KiB.median]),
      alone('decrypt 1 KiB', 'ms', [decrypt1KiB.median]),
    )
  }
  const drain = v.safeParse(Drain, results['drain-sdk.ts'])
  if (drain.success)
    measures.push(alone('full inbox, drained by the SDK', '/s', [drain.output.memory.envelopesPerSecond]))
  return measures
}
