/** `npm run check`: types of every project, lint with types (import directions included), format. */

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

const checks: [name: string, command: string, args: string[]][] = [
  ...projects.map((project): [string, string, string[]] => [`types of ${project}`, 'tsc', ['-p', project]]),
  ['lint', 'oxlint', ['--type-aware', '--deny-warnings', '--report-unused-disable-directives']],
  ['format', 'prettier', ['--check', '--log-level', 'warn', '.']],
]

/** The command's exit code. */
async function run(command: string, args: string[]): Promise<number> {
  const windows = process.platform === 'win32'
  const file = join(ROOT, 'node_modules', '.bin', windows ? `${command}.cmd` : command)
  const child = spawn(file, args, { cwd: ROOT, stdio: 'inherit', shell: windows })
  const [code] = (await once(child, 'exit')) as [number | null]
  return code ?? 1
}

const failed: string[] = []
for (const [name, command, args] of checks) if ((await run(command, args)) !== 0) failed.push(name)
process.stdout.write(
  failed.length === 0
    ? `check: ${checks.length} of ${checks.length} passed\n`
    : `check: failed: ${failed.join(', ')}\n`,
)
process.exitCode = failed.length === 0 ? 0 : 1
