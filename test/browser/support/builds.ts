import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { ensureClient } from '#scripts/lib/client-build.ts'
import { ROOT } from '#scripts/lib/folders.ts'

/** A built web client in a folder of its own. */
export class Build {
  readonly folder: string
  /** Names of its scripts, each with a hash of what it holds. */
  readonly scripts: ReadonlySet<string>

  private constructor(folder: string, scripts: ReadonlySet<string>) {
    this.folder = folder
    this.scripts = scripts
  }

  static async of(folder: string): Promise<Build> {
    const files = await readdir(join(folder, 'assets'))
    return new Build(folder, new Set(files.filter((file) => file.endsWith('.js'))))
  }

  /** A copy of what `npm run build` made. */
  static async present(folder: string): Promise<Build> {
    await ensureClient(() => undefined)
    await cp(join(ROOT, 'dist/web'), folder, { recursive: true })
    return Build.of(folder)
  }

  /** A later version, built beside whatever else goes on. */
  static async later(folder: string): Promise<Build> {
    const script = join(ROOT, 'test/browser/support/later-build.ts')
    const env = { ...process.env, NODE_ENV: 'production' }
    const child = spawn(process.execPath, [script, folder], { cwd: ROOT, env, stdio: ['ignore', 'ignore', 'inherit'] })
    const [code] = (await once(child, 'exit')) as [number | null]
    if (code !== 0) throw new Error('the later version was not built')
    return Build.of(folder)
  }

  /** The script whose name begins so. */
  script(name: string): string {
    const found = [...this.scripts].find((script) => script.startsWith(`${name}-`))
    if (found === undefined) throw new Error(`no script ${name}`)
    return found
  }

  /** Whether its engine has this id. */
  async hasId(id: string): Promise<boolean> {
    const host = await readFile(join(this.folder, 'assets', this.script('host')), 'utf8')
    return host.includes(id)
  }

  /** Puts its files in the place of those in `folder`. */
  async deployTo(folder: string): Promise<void> {
    await rm(folder, { recursive: true, force: true })
    await cp(this.folder, folder, { recursive: true })
  }
}

/** Names of the scripts that a page has loaded, from wherever. */
export async function scriptsOf(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const urls = performance.getEntriesByType('resource').map(({ name }) => new URL(name).pathname)
    const scripts = urls.filter((path) => path.startsWith('/assets/') && path.endsWith('.js'))
    return [...new Set(scripts)].map((path) => path.slice('/assets/'.length))
  })
}

/** The build of the engine that this page talks to. */
export async function engineBuild(page: Page): Promise<string> {
  await page.goto('/settings/about')
  return page.locator('dt', { hasText: 'Build' }).locator('xpath=following-sibling::dd[1]').innerText()
}
