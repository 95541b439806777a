/** `npm run check`: types of every project, lint with types (import directions included), format. What was checked and has not changed is remembered in `dist/check`. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { globSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from './lib/folders.ts'

const projects = globSync('**/tsconfig*.json', {
  cwd: ROOT,
  exclude: (path) => /(^|[/\\])(node_modules|dist|\.data|\.wrangler)$/.test(path),
})
  .filter((file) => file !== 'tsconfig.base.json')
  .sort()

/** Where a tool keeps what it knows of the files as they were. */
const memory = (name: string): string => join(ROOT, 'dist/check', name)

const typesOf = (project: string): string[] => {
  const file = memory(`${project.replaceAll(/[/\\]/g, '.')}.tsbuildinfo`)
  return ['-p', project, '--incremental', '--tsBuildInfoFile', file]
}

const format = ['--check', '--log-level', 'warn', '--cache', '--cache-strategy', 'content']

const checks: [name: string, command: string, args: string[]][] = [
  ...projects.map((project): [string, string, string[]] => [`types of ${project}`, 'tsc', typesOf(project)]),
  ['lint', 'oxlint', ['--type-aware', '--deny-warnings', '--report-unused-disable-directives']],
  ['format', 'prettier', [...format, '--cache-location', memory('prettier'), '.']],
]

/** Whether the command succeeded. What it printed is shown when it has ended, so that two never mix. */
async function passes(command: string, args: string[]): Promise<boolean> {
  const windows = process.platform === 'win32'
  const file = join(ROOT, 'node_modules', '.bin', windows ? `${command}.cmd` : command)
  const child = spawn(file, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'], shell: windows })
  const printed: Buffer[] = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => printed.push(chunk))
  const [code] = (await once(child, 'close')) as [number | null]
  process.stdout.write(Buffer.concat(printed))
  return code === 0
}

const failed: string[] = []
const waiting = checks.values()
/** Each is busy on one core for most of its time. */
const lanes = Array.from({ length: 2 }, async () => {
  for (const [name, command, args] of waiting) if (!(await passes(command, args))) failed.push(name)
})
await Promise.all(lanes)
process.stdout.write(
  failed.length === 0
    ? `check: ${checks.length} of ${checks.length} passed\n`
    : `check: failed: ${failed.join(', ')}\n`,
)
process.exitCode = failed.length === 0 ? 0 : 1
