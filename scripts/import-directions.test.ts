import { spawnSync } from 'node:child_process'
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ROOT } from './lib/folders.ts'

const REFUSED: [file: string, imports: string][] = [
  ['protocol/violation.ts', '#db/client.ts'],
  ['protocol/http/violation.ts', '#sdk/index.ts'],
  ['protocol/http/violation-relative.ts', '../../db/client.ts'],
  ['db/queries/violation.ts', '#durable-objects/env.ts'],
  ['db/violation.ts', '#sdk/index.ts'],
  ['durable-objects/user/violation.ts', '#workers/env.ts'],
  ['durable-objects/user/violation-local.ts', '#db/local/bridge.ts'],
  ['durable-objects/user/violation-relative.ts', '../../workers/env.ts'],
  ['workers/violation.ts', '#sdk/index.ts'],
  ['workers/violation-local.ts', '#db/local/bridge.ts'],
  ['client/sdk/session/violation.ts', '#db/client.ts'],
  ['client/sdk/violation-relative.ts', '../../durable-objects/env.ts'],
  ['client/sdk/session/violation-web.ts', '#web/sw/trust.ts'],
  ['workers/violation-web.ts', '#web/sw/trust.ts'],
  ['client/web/violation.tsx', '#workers/env.ts'],
  ['scripts/lib/violation.ts', '../../protocol/limits.ts'],
  ['workers/violation.test.ts', '../protocol/limits.ts'],
]

const ALLOWED: [file: string, imports: string][] = [
  ['db/allowed.ts', '#protocol/limits.ts'],
  ['durable-objects/user/allowed.ts', '#db/client.ts'],
  ['workers/http/allowed.ts', '#durable-objects/env.ts'],
  ['client/sdk/session/allowed.ts', '#protocol/limits.ts'],
  ['client/web/allowed.tsx', '#sdk/index.ts'],
  ['protocol/allowed.test.ts', '#sdk/index.ts'],
  ['scripts/allowed.ts', '#db/local/bridge.ts'],
]

let folder: string
let refused: Map<string, string[]>

/** Lints a copy of the project that has nothing but these files and its linter's settings. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'silentrelay-lint-'))
  await cp(join(ROOT, '.oxlintrc.json'), join(folder, '.oxlintrc.json'))
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  for (const [file, imports] of [...REFUSED, ...ALLOWED]) {
    await mkdir(dirname(join(folder, file)), { recursive: true })
    await writeFile(
      join(folder, file),
      `import * as imported from '${imports}'\nexport const value: unknown = imported\n`,
    )
  }
  await writeFile(
    join(folder, 'db/circle-a.ts'),
    "import { b } from './circle-b.ts'\nexport const a = (): unknown => b\n",
  )
  await writeFile(
    join(folder, 'db/circle-b.ts'),
    "import { a } from './circle-a.ts'\nexport const b = (): unknown => a\n",
  )
  const oxlint = join(ROOT, 'node_modules/oxlint/bin/oxlint')
  const { stdout } = spawnSync(process.execPath, [oxlint, '--format', 'json'], { cwd: folder, encoding: 'utf8' })
  const { diagnostics } = JSON.parse(stdout) as { diagnostics: { code?: string; filename: string }[] }
  refused = new Map()
  for (const { code = '', filename } of diagnostics) {
    const file = filename.replaceAll('\\', '/')
    refused.set(file, [...(refused.get(file) ?? []), code])
  }
})

afterAll(() => rm(folder, { recursive: true, force: true }))

it.each(REFUSED)('the linter refuses %s importing %s', (file) => {
  expect(refused.get(file)).toContain('eslint(no-restricted-imports)')
})

it.each(ALLOWED)('the linter lets %s import %s', (file) => {
  expect(refused.get(file) ?? []).not.toContain('eslint(no-restricted-imports)')
})

it('the linter refuses a circle of imports', () => {
  expect(refused.get('db/circle-a.ts')).toContain('import(no-cycle)')
})
