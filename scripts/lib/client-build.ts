import { spawnSync } from 'node:child_process'
import { glob, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { CLIENT_MANIFEST_PATH } from '#protocol/client-manifest.ts'
import { ROOT } from './folders.ts'

/** What the web client is made of. */
const SOURCES = ['client/web/**/*', 'client/sdk/**/*.ts', 'protocol/**/*.ts', 'package-lock.json']

/** `production` is what the Worker serves; `fake` has a seeded engine in memory, for pictures and tests of single screens. */
export type ClientMode = 'production' | 'fake'

/** Where a build lies; `vite.config.ts` says the same. */
export const BUILD_FOLDERS = { production: join(ROOT, 'dist/web'), fake: join(ROOT, 'dist/web-fake') } as const

async function modifiedAt(path: string): Promise<number> {
  return (await stat(path).catch(() => undefined))?.mtimeMs ?? 0
}

/** Whether the build is there and no source is newer. */
export async function isClientBuilt(mode: ClientMode = 'production'): Promise<boolean> {
  // Written last.
  const builtAt = await modifiedAt(join(BUILD_FOLDERS[mode], CLIENT_MANIFEST_PATH))
  if (builtAt === 0) return false
  for await (const path of glob(SOURCES, { cwd: ROOT })) {
    if ((await modifiedAt(join(ROOT, path))) > builtAt) return false
  }
  return true
}

/** Builds the web client into its folder. Throws with the bundler's words when it fails. */
export function buildClient(mode: ClientMode = 'production'): void {
  const vite = join(ROOT, 'node_modules/vite/bin/vite.js')
  const { status, stdout, stderr } = spawnSync(process.execPath, [vite, 'build', '--mode', mode], {
    cwd: join(ROOT, 'client/web'),
    // A test's environment would make it a development build of React: twice the size, and slower.
    env: { ...process.env, NODE_ENV: 'production' },
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`The web client was not built.\n${stdout}${stderr}`)
}

/** Builds the web client unless it is built; `building` is called before. */
export async function ensureClient(building: () => void, mode: ClientMode = 'production'): Promise<void> {
  if (await isClientBuilt(mode)) return
  building()
  buildClient(mode)
}
