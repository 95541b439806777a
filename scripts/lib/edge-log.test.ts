import { mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openEdgeLog } from './edge-log.ts'

let folder: string
let shown: string[]

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'silentrelay-log-'))
  shown = []
})

afterEach(() => rm(folder, { recursive: true, force: true }))

it('keeps every line, and shows each warning at the terminal in brief and once', async () => {
  const log = await openEdgeLog(folder, (line) => shown.push(line))
  const warning = JSON.stringify({ level: 'warn', event: 'ready.database.failed', error: 'DatabaseUnavailableError' })
  log.write('info', '{"event":"request"}')
  log.write('warn', warning)
  log.write('warn', warning)
  log.write('error', 'Uncaught something')
  await log.close()
  expect(await readFile(log.file, 'utf8')).toBe(`{"event":"request"}\n${warning}\n${warning}\nUncaught something\n`)
  expect(shown).toEqual(['warn: ready.database.failed (DatabaseUnavailableError)', 'error: Uncaught something'])
})

it('sets a large log aside at the start, and goes on with a small one', async () => {
  const file = join(folder, 'edge.log')
  await writeFile(file, 'small\n')
  await (await openEdgeLog(folder, () => undefined)).close()
  expect(await readFile(file, 'utf8')).toBe('small\n')
  await truncate(file, 11 * 1024 * 1024)
  await (await openEdgeLog(folder, () => undefined)).close()
  expect([(await stat(file)).size, (await stat(`${file}.1`)).size]).toEqual([0, 11 * 1024 * 1024])
})
