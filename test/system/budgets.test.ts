import { spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ROOT } from '#scripts/lib/folders.ts'

const MAX_GZIP_BYTES = 400 * 1024

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
