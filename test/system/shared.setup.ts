import type { TestProject } from 'vitest/node'
import { TestSystem } from '../support/system.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** A relay for the tests that break nothing; it copies every waiting envelope to Postgres at once. */
    sharedRelay: { readonly url: string; readonly dataDir: string }
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const system = await TestSystem.start({ env: { PERSIST_AFTER_S: '0' } })
  project.provide('sharedRelay', { url: system.url, dataDir: system.dataDir })
  return async () => void (await system.stop())
}
