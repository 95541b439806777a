/** What a witness keeps, in one file. */

import { open, readFile, rename } from 'node:fs/promises'
import * as v from 'valibot'
import { fromBase64url, toBase64url } from '#protocol/bytes.ts'
import { bytesOf, integer } from '#protocol/primitives.ts'
import type { TreeHead } from '#protocol/merkle/notes/checkpoint.ts'
import type { WitnessMemory } from './rules.ts'

const Heads = v.record(v.string(), v.strictObject({ size: integer(0), root: bytesOf(32) }))

/** Opens the file, or begins with nothing where there is none. Rejects when it is damaged: a witness that forgets cosigns forks. */
export async function openMemory(file: string): Promise<WitnessMemory> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    return '{}'
  })
  const heads = new Map(Object.entries(v.parse(Heads, JSON.parse(text))))
  return {
    latest(origin): TreeHead | undefined {
      const head = heads.get(origin)
      return head && { size: head.size, root: fromBase64url(head.root) }
    },
    async remember(origin, { size, root }) {
      const next = new Map(heads).set(origin, { size, root: toBase64url(root) })
      const handle = await open(`${file}.new`, 'w', 0o600)
      try {
        await handle.writeFile(JSON.stringify(Object.fromEntries(next)))
        await handle.sync()
      } finally {
        await handle.close()
      }
      await rename(`${file}.new`, file)
      heads.set(origin, { size, root: toBase64url(root) })
    },
  }
}
