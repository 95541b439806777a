/**
 * Run as a process: builds the client into the folder that is its argument, as a later version of it. Its id is another,
 * since the mode is part of it, and so are the names of all chunks, since each names others.
 */

import { join } from 'node:path'
import { build } from 'vite'
import { ROOT } from '#scripts/lib/folders.ts'

const [folder] = process.argv.slice(2)
if (folder === undefined) throw new Error('no folder')
await build({
  configFile: join(ROOT, 'client/web/vite.config.ts'),
  mode: 'later',
  logLevel: 'error',
  build: { outDir: folder, rolldownOptions: { output: { chunkFileNames: 'assets/[name]-later-[hash].js' } } },
})
