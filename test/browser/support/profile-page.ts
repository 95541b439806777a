import { join } from 'node:path'
import { build } from 'esbuild'
import { stubFor } from '#sdk/crypto/bundling.ts'
import { ROOT } from '#scripts/lib/folders.ts'
import type { Person } from './person.ts'

/** A file of the client's own `testing/` folder, as a script that leaves its functions in `tools`. */
async function scriptOf(file: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(ROOT, 'client/web/testing', `${file}.ts`)],
    absWorkingDir: ROOT,
    bundle: true,
    write: false,
    format: 'iife',
    globalName: 'tools',
    footer: { js: 'globalThis.tools = tools' },
    target: 'es2024',
    logLevel: 'silent',
    plugins: [
      {
        name: 'leave-out-unused-crypto',
        setup: (bundler) => {
          bundler.onResolve({ filter: /./ }, ({ path }) => {
            const stub = stubFor(path)
            return stub === undefined ? undefined : { path: stub }
          })
        },
      },
    ],
  })
  return outputFiles[0]?.text ?? ''
}

/**
 * Calls a function of `client/web/testing/` in a person's browser profile, on a page of the same origin where no engine runs: the person's own page is left
 * for that, and stands nowhere afterwards. The debugger brings the code there.
 */
export async function inProfile<T>(person: Person, file: string, name: string, argument?: unknown): Promise<T> {
  await person.page.goto('about:blank')
  const page = await person.context.newPage()
  try {
    await page.addInitScript({ content: await scriptOf(file) })
    // An answer of the relay's: the service worker serves the client for other addresses.
    await page.goto('/health')
    return (await page.evaluate(
      ([call, given]) =>
        (globalThis as unknown as { tools: Record<string, (argument: unknown) => Promise<unknown>> }).tools[call]?.(
          given,
        ),
      [name, argument] as const,
    )) as T
  } finally {
    await page.close()
  }
}
