import { spawnSync } from 'node:child_process'
import { glob, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { ROOT } from './folders.ts'

/** What the web client is made of. */
const SOURCES = ['client/web/**/*', 'client/sdk/**/*.ts', 'protocol/**/*.ts', 'package-lock.json']
const BUILT = join(ROOT, 'dist/web/index.html')

async function modifiedAt(path: string): Promise<number> {
  return (await stat(path).catch(() => undefined))?.mtimeMs ?? 0
}

/** Whether `dist/web` is there and no source is newer. */
export async function isClientBuilt(): Promise<boolean> {
  const builtAt = await modifiedAt(BUILT)
  if (builtAt === 0) return false
  for await (const path of glob(SOURCES, { cwd: ROOT })) {
    if ((await modifiedAt(join(ROOT, path))) > builtAt) return false
  }
  return true
}

/** Builds the web client into `dist/web`, which the Worker serves. Throws with the bundler's words when it fails. */
export function buildClient(): void {
  const vite = join(ROOT, 'node_modules/vite/bin/vite.js')
  const { status, stdout, stderr } = spawnSync(process.execPath, [vite, 'build'], {
    cwd: join(ROOT, 'client/web'),
    // A test's environment would make it a development build of React: twice the size, and slower.
    env: { ...process.env, NODE_ENV: 'production' },
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`The web client was not built.\n${stdout}${stderr}`)
}

/** Builds the web client unless it is built; `building` is called before. */
export async function ensureClient(building: () => void): Promise<void> {
  if (await isClientBuilt()) return
  building()
  buildClient()
}
