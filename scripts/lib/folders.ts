import { fileURLToPath } from 'node:url'
import { join, resolve } from 'node:path'

/** The repository. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url))

export interface DataFolders {
  readonly data: string
  readonly postgres: string
  /** Durable Objects and R2, as workerd keeps them. */
  readonly edge: string
  readonly log: string
  readonly secrets: string
}

/** Where one relay's data lives: under `data`, or `.data` of the repository. */
export function dataFolders(data: string | undefined): DataFolders {
  const folder = resolve(ROOT, data === undefined || data === '' ? '.data' : data)
  return {
    data: folder,
    postgres: join(folder, 'postgres'),
    edge: join(folder, 'edge'),
    log: join(folder, 'log'),
    secrets: join(folder, 'secrets'),
  }
}
