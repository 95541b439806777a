import { defineConfig } from '@lingui/cli'
import { formatter } from '@lingui/format-po'
import { LANGUAGES, SOURCE_LANGUAGE } from './i18n/languages.ts'

/** `lingui extract --clean --config client/web/lingui.config.ts`, then translate what is new: `i18n/glossary.md` has the words. */
export default defineConfig({
  rootDir: import.meta.dirname,
  sourceLocale: SOURCE_LANGUAGE,
  locales: [...LANGUAGES],
  catalogs: [
    {
      path: '<rootDir>/i18n/locales/{locale}/messages',
      include: ['<rootDir>'],
      exclude: ['**/*.test.ts', '**/testing/**', '**/build/**'],
    },
  ],
  // Without line numbers the catalogue changes only when a text does.
  format: formatter({ lineNumbers: false }),
})
