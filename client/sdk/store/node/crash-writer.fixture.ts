/**
 * The process that `file.test.ts` kills: it commits batches without end, each of them `size` records that all carry the
 * batch's number, and says each number once its commit has resolved.
 */
import { writeSync } from 'node:fs'
import { openFileStore } from './file.ts'

const [path = '', first, size] = process.argv.slice(2)
const store = await openFileStore(path)
const padding = 'x'.repeat(2000)
for (let turn = Number(first); ; turn++) {
  await store.commit(
    Array.from({ length: Number(size) }, (_, order) => ({
      put: { collection: 'message', partition: 'p', order },
      value: { turn, padding },
    })),
  )
  // Unbuffered: a line is out before the next commit begins.
  writeSync(1, `${turn}\n`)
}
