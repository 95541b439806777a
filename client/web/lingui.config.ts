import { defineConfig } from '@lingui/cli'
import { formatter } from '@lingui/format-po'

/** `lingui extract --clean --config client/web/lingui.config.ts` */
export default defineConfig({
  rootDir: import.meta.dirname,
  sourceLocale: 'en',
  locales: ['en'],
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
