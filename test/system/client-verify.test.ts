import { appendFile, cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { BUILD_FOLDERS, ensureClient } from '#scripts/lib/client-build.ts'
import { announcedLog } from '#scripts/lib/published-log.ts'
import { Program } from '../support/program.ts'
import { TestSystem } from '../support/system.ts'

let folder: string
let served: string
let system: TestSystem

beforeAll(async () => {
  await ensureClient(() => undefined)
  folder = await mkdtemp(join(tmpdir(), 'silentrelay-served-'))
  served = join(folder, 'client')
  await cp(BUILD_FOLDERS.production, served, { recursive: true })
  system = await TestSystem.start({ env: { CLIENT_DIR: served } })
})

afterAll(async () => {
  await system?.stop()
  await rm(folder, { recursive: true, force: true })
})

async function verify(...args: string[]): Promise<{ code: number | NodeJS.Signals; output: string }> {
  const program = Program.script('scripts/client-verify.ts', [system.url, ...args])
  return { code: await program.exited(), output: program.output }
}

it('WM-1, WM-4: npm run client:verify confirms what a relay serves, and names what is not of its logged manifest', async () => {
  const { key } = await announcedLog(new URL(system.url))
  const confirmed = await verify('--key', key, '--build', BUILD_FOLDERS.production)
  expect([confirmed.code, confirmed.output]).toEqual([0, expect.stringContaining('Confirmed: build 1 of ')])
  const otherLog = await verify('--key', key.replace(/\+.*/, '+00000000+AA=='))
  expect(otherLog.code).toBe(1)

  // One file is changed, and its manifest is left as it was.
  await appendFile(join(served, 'appearance.js'), '\n// Reads along.\n')
  await system.crashEdge()
  const changed = await verify()
  expect([changed.code, changed.output]).toEqual([2, expect.stringContaining('Wrong: fileChanged: /appearance.js')])
  await rm(join(served, 'icons/icon.svg'))
  await system.crashEdge()
  expect((await verify()).output).toContain('fileMissing: /icons/icon.svg')
})
