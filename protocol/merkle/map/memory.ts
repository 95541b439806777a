/** The map's pages in memory: for tests, the auditor and benchmarks. */

import type { MapPages } from './page.ts'

/** Pages that are gone when it is dropped. */
export function memoryPages(): MapPages & { readonly size: () => number } {
  const pages = new Map<string, Uint8Array>()
  return {
    get: (path) => pages.get(path),
    put: (path, page) => pages.set(path, page),
    size: () => pages.size,
  }
}
