import { spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ROOT } from '#scripts/lib/folders.ts'

const MAX_GZIP_BYTES = 400 * 1024
const MAX_STARTUP_MS = 50
const BUSY_MACHINE = 2
const RUNS = 10

let folder: string

/** Exactly what `wrangler deploy` would upload. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'silentrelay-bundle-'))
  const wrangler = join(ROOT, 'node_modules/wrangler/bin/wrangler.js')
  const env = { ...process.env, WRANGLER_SEND_METRICS: 'false' }
  const { status, stderr } = spawnSync(process.execPath, [wrangler, 'deploy', '--dry-run', '--outdir', folder], {
    cwd: ROOT,
    env,
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(stderr)
})

afterAll(() => rm(folder, { recursive: true, force: true }))

it('the Worker is at most 400 KiB, compressed', async () => {
  const bundle = await readFile(join(folder, 'index.js'))
  expect(gzipSync(bundle).length).toBeLessThanOrEqual(MAX_GZIP_BYTES)
})

/**
 * The budget is processor time of the module's top level, compilation included. It is measured in fresh processes of the
 * same engine (V8, in Node) as the thread's processor time, to which other processes do not add, and as the least of
 * several runs, which the state of the machine spoils least. A core shared with another busy thread runs at about half
 * its speed: hence the factor, so that the test fails for work at the top level and not for a busy machine.
 */
it('the Worker starts within its budget of processor time', async () => {
  // Named as a module: Node would first try to compile anything else as CommonJS.
  const bundle = join(folder, 'index.mjs')
  await rename(join(folder, 'index.js'), bundle)
  const script = join(ROOT, 'test/support/evaluate-bundle.ts')
  const runs = Array.from({ length: RUNS }, () => {
    const { stdout, stderr } = spawnSync(process.execPath, [script, bundle], { encoding: 'utf8' })
    if (stdout === '') throw new Error(stderr)
    return Number(stdout)
  })
  expect(Math.min(...runs)).toBeLessThanOrEqual(MAX_STARTUP_MS * BUSY_MACHINE)
})
