import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { beforeAll, expect, it } from 'vitest'
import { buildClient, isClientBuilt } from '#scripts/lib/client-build.ts'
import { ROOT } from '#scripts/lib/folders.ts'

const KB = 1_000
const MAX_ENTRY = 230 * KB
const MAX_ENGINE = 120 * KB
const MAX_STYLES = 20 * KB

const FOLDER = join(ROOT, 'dist/web')

interface Chunk {
  readonly file: string
  readonly name?: string
  readonly imports?: readonly string[]
}
type Manifest = Readonly<Record<string, Chunk>>

let manifest: Manifest
/** The scripts that show an account: the page's, those of an open account, and all that they import statically. */
const entry = new Set<Chunk>()
let styles: readonly string[]

function addEntry(chunk: Chunk | undefined): void {
  if (chunk === undefined) throw new Error('the build has no such chunk')
  if (entry.has(chunk)) return
  entry.add(chunk)
  chunk.imports?.forEach((name) => addEntry(manifest[name]))
}

const fileOf = (path: string): Promise<string> => readFile(join(FOLDER, path), 'utf8')

async function compressedSize(paths: readonly string[]): Promise<number> {
  const files = await Promise.all(paths.map(fileOf))
  return files.reduce((sum, file) => sum + gzipSync(file).length, 0)
}

beforeAll(async () => {
  if (!(await isClientBuilt())) buildClient()
  manifest = JSON.parse(await fileOf('build-manifest.json')) as Manifest
  const page = await fileOf('index.html')
  const filesOf = (kind: string) =>
    [...page.matchAll(new RegExp(`"/(assets/[\\w-]+\\.${kind})"`, 'g'))].map(([, file]) => file)
  for (const script of filesOf('js')) addEntry(Object.values(manifest).find(({ file }) => file === script))
  addEntry(Object.values(manifest).find(({ name }) => name === 'account'))
  styles = filesOf('css').filter((file) => file !== undefined)
})

it('the scripts that show an account are at most 230 KB, compressed', async () => {
  expect(await compressedSize([...entry].map(({ file }) => file))).toBeLessThanOrEqual(MAX_ENTRY)
})

it('the styles are at most 20 KB, compressed', async () => {
  expect(styles).not.toEqual([])
  expect(await compressedSize(styles)).toBeLessThanOrEqual(MAX_STYLES)
})

it('the engine is at most 120 KB, compressed', async () => {
  // A worker is a build of its own, outside of the manifest: the entry names its file.
  const scripts = await Promise.all([...entry].map(({ file }) => fileOf(file)))
  const engines = new Set(scripts.flatMap((script) => script.match(/assets\/host-[\w-]+\.js/g) ?? []))
  expect([...engines]).toHaveLength(1)
  // And whatever it imports statically.
  for (const engine of engines) {
    const imports = [...(await fileOf(engine)).matchAll(/(?:from|import)\s*"\.\/([\w-]+\.js)"/g)]
    for (const [, file] of imports) engines.add(`assets/${file}`)
  }
  expect(await compressedSize([...engines])).toBeLessThanOrEqual(MAX_ENGINE)
})
