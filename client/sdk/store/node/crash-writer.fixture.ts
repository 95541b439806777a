/**
 * The process that `file.test.ts` kills: it commits batches without end, each of them `size` records that all carry the
 * batch's number, and says each number once its commit has resolved. With `fatalWrite`, it dies within a batch: just
 * before SQLite is given the record of that number, counted from 1.
 */
import { writeSync } from 'node:fs'
import { StatementSync } from 'node:sqlite'
import { openFileStore } from './file.ts'

const [path = '', first, size, fatalWrite] = process.argv.slice(2)

const run = Reflect.get(StatementSync.prototype, 'run') as (...parameters: unknown[]) => unknown
let writes = 0
Reflect.set(StatementSync.prototype, 'run', function (this: StatementSync, ...parameters: unknown[]) {
  if (++writes === Number(fatalWrite)) process.kill(process.pid, 'SIGKILL')
  return Reflect.apply(run, this, parameters)
})

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
