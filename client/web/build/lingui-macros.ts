import { transformAsync } from '@babel/core'
import macros from '@lingui/babel-plugin-lingui-macro'
import { getCatalogs } from '@lingui/cli/api'
import { getConfig } from '@lingui/conf'
import type { Plugin } from 'vite'

/** How the macros mark a text in what they write. */
const MARKED = /\/\*i18n\*\/\s*\{\s*id: "([^"]+)"/g

/** The ids of all texts that the catalogue of the source language has. */
async function knownTexts(config: ReturnType<typeof getConfig>): Promise<ReadonlySet<string>> {
  const ids = new Set<string>()
  for (const catalog of await getCatalogs(config)) {
    for (const id of Object.keys((await catalog.read(config.sourceLocale ?? 'en')) ?? {})) ids.add(id)
  }
  return ids
}

/**
 * Turns Lingui's macros into calls of its runtime. Only files that import a macro go through Babel, and only through this
 * one plugin: types and JSX are left as they are for Vite. A build keeps the ids alone, so that a text which the catalogue
 * lacks would be shown as its id: such a build fails.
 */
export function linguiMacros(configPath: string): Plugin {
  const config = getConfig({ configPath })
  let known: ReadonlySet<string> | undefined
  return {
    name: 'lingui-macros',
    enforce: 'pre',
    async configResolved({ command }) {
      if (command === 'build') known = await knownTexts(config)
    },
    transform: {
      filter: { id: /\.tsx?$/, code: /@lingui\/(react|core)\/macro/ },
      async handler(code, id) {
        const result = await transformAsync(code, {
          filename: id,
          babelrc: false,
          configFile: false,
          sourceMaps: true,
          parserOpts: { plugins: id.endsWith('x') ? ['typescript', 'jsx'] : ['typescript'] },
          plugins: [[macros, { linguiConfig: config }]],
        })
        if (typeof result?.code !== 'string') return undefined
        for (const [, text = ''] of known === undefined ? [] : result.code.matchAll(MARKED)) {
          if (known?.has(text) === false) {
            this.error(`A text of ${id} is not in the catalogue: lingui extract --clean --config ${configPath}`)
          }
        }
        return { code: result.code, map: result.map ?? null }
      },
    },
  }
}
