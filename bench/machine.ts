/** What a result was measured on: figures without it cannot be compared. */

import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { cpus, loadavg, release, totalmem, type } from 'node:os'

const require = createRequire(import.meta.url)

function versionOf(packageName: string): string {
  const { version } = JSON.parse(readFileSync(require.resolve(`${packageName}/package.json`), 'utf8')) as {
    version: string
  }
  return version
}

function git(...args: string[]): string {
  return execFileSync('git', args, { encoding: 'utf8', cwd: import.meta.dirname, stdio: ['ignore', 'pipe', 'ignore'] })
}

/** The commit, with a plus sign when the tree differs from it; `undefined` outside a repository. */
function commit(): string | undefined {
  try {
    const changed = git('status', '--porcelain', '--untracked-files=no') !== ''
    return `${git('rev-parse', '--short', 'HEAD').trim()}${changed ? '+' : ''}`
  } catch {
    return undefined
  }
}

export function describeMachine() {
  return {
    processor: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()}`,
    /** Over one minute, before the run: above a few tenths, something else was using the cores. */
    loadBefore: loadavg()[0] ?? 0,
    node: process.version,
    workerd: versionOf('workerd'),
    commit: commit(),
  }
}

/** CPU seconds that a process has used (Linux); `undefined` where there is no /proc. */
export function cpuSeconds(pid: number): number | undefined {
  try {
    // proc(5): fields 14 and 15, in ticks of 10 ms, counted after the name, which may itself contain spaces.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? []
    return (Number(fields[11]) + Number(fields[12])) / 100
  } catch {
    return undefined
  }
}
