import { join } from 'node:path'
import { build } from 'esbuild'
import { stubFor } from '#sdk/crypto/bundling.ts'
import { ROOT } from '#scripts/lib/folders.ts'
import type { Person } from './person.ts'

/** A conversation with somebody of this name: the one that is in the list, or another. */
export interface History {
  readonly name: string
  /** How many messages it has afterwards. Each begins with the name and its number. */
  readonly messages: number
}

interface Filling {
  fillStore(conversations: readonly History[]): Promise<number>
}

/** The client's own code, as a script that leaves its functions in `filling`. */
async function fillingScript(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(ROOT, 'client/web/testing/fill-store.ts')],
    absWorkingDir: ROOT,
    bundle: true,
    write: false,
    format: 'iife',
    globalName: 'filling',
    footer: { js: 'globalThis.filling = filling' },
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
 * Gives a person a past: writes conversations, newest first, into their real store, on a page of the same origin where no
 * engine runs. The client's own code does it, which the debugger brings there. The person's page stands at the list
 * afterwards. Answers the number of messages written.
 */
export async function giveHistories(person: Person, histories: readonly History[]): Promise<number> {
  await person.page.goto('about:blank')
  const page = await person.context.newPage()
  await page.addInitScript({ content: await fillingScript() })
  // An answer of the relay's: the service worker serves the client for other addresses.
  await page.goto('/health')
  const written = await page.evaluate(
    (plan) => (globalThis as unknown as { filling: Filling }).filling.fillStore(plan),
    histories,
  )
  await page.close()
  await person.page.goto('/')
  await person.page.locator('[data-conversation]').first().waitFor()
  return written
}
