import { createHash } from 'node:crypto'
import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))

/**
 * Names this build by what it is made of: two builds of the same sources share an engine, any other two do not. Sixteen
 * hexadecimal digits.
 */
export function buildId(mode: string): string {
  const hash = createHash('sha256').update(mode)
  const files = globSync(
    ['client/{sdk,web}/**/*.{ts,tsx,css,html,po,svg,png,js}', 'protocol/**/*.ts', 'package-lock.json'],
    {
      cwd: ROOT,
      exclude: (path) => path.endsWith('.test.ts'),
    },
  )
  for (const file of files.sort()) hash.update(`${file}\0`).update(readFileSync(`${ROOT}/${file}`))
  return hash.digest('hex').slice(0, 16)
}
