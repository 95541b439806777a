import { fileURLToPath } from 'node:url'
import type { Plugin } from 'vite'

const SINGLETON = fileURLToPath(new URL('../kit/style-singleton.ts', import.meta.url))

/**
 * Two libraries write `<style>` elements at run time, which the Content-Security-Policy forbids. Sonner's style sheet is
 * imported as a file instead (`theme/index.css`); the scroll lock under Radix dialogs gets a constructed style sheet.
 */
export function noInjectedStyles(): Plugin {
  return {
    name: 'no-injected-styles',
    enforce: 'pre',
    resolveId: (source) => (source === 'react-style-singleton' ? SINGLETON : undefined),
    transform: {
      filter: { id: /sonner\/dist\/index\.mjs/ },
      handler(code) {
        const cut = code.replace(/^__insertCSS\(.*\);?$/m, '')
        if (cut === code) this.error('Sonner changed the way it injects its styles.')
        return { code: cut, map: null }
      },
    },
  }
}
