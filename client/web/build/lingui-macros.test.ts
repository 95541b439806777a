import { fileURLToPath } from 'node:url'
import { build } from 'vite'
import { describe, expect, it } from 'vitest'
import { linguiMacros } from './lingui-macros.ts'

const CONFIG = fileURLToPath(new URL('../lingui.config.ts', import.meta.url))

const ONE = 'virtual:one.tsx'

/** Builds one module of the given source. */
async function built(source: string): Promise<unknown> {
  return build({
    configFile: false,
    mode: 'production',
    logLevel: 'silent',
    plugins: [
      linguiMacros(CONFIG),
      {
        name: 'one-module',
        enforce: 'pre',
        resolveId: (id) => (id === ONE ? id : undefined),
        load: (id) => (id === ONE ? source : undefined),
      },
    ],
    build: { write: false, rolldownOptions: { input: ONE, external: /^@lingui/ } },
  })
}

const source = (text: string) => `import { msg } from '@lingui/core/macro'\nexport const text = msg\`${text}\``

describe('a build', () => {
  it('fails when a text is not in the catalogue, instead of showing its id', async () => {
    await expect(built(source('Nobody has ever extracted this text'))).rejects.toThrow(/not in the catalogue/)
  })

  it('takes a text that is', async () => {
    await expect(built(source('Start'))).resolves.toBeDefined()
  })
})
