import { defineConfig } from '@lingui/cli'
import source from './lingui.config.ts'

/** What a build reads: all catalogues. `lingui.config.ts` is what writes that of the source. */
export default defineConfig({ ...source, locales: ['en', 'de', 'ar'] })
