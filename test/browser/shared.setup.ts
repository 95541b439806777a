import type { TestProject } from 'vitest/node'
import { TestSystem } from '../support/system.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** A relay for the tests that break nothing; it pushes to services on this machine. */
    browserRelay: { readonly url: string }
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const system = await TestSystem.start({ env: { PUSH_HOSTS: '127.0.0.1' } })
  project.provide('browserRelay', { url: system.url })
  return async () => void (await system.stop())
}
