import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { startEmbeddedPostgres } from '#db/local/embedded.ts'
import { TestSystem } from '../support/system.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** A relay for the tests that break nothing; it copies every waiting envelope to Postgres at once. */
    sharedRelay: { readonly url: string; readonly dataDir: string }
    /** Folder of an empty database, to be copied. */
    emptyCluster: string
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const cluster = await mkdtemp(join(tmpdir(), 'silentrelay-cluster-'))
  await (await startEmbeddedPostgres({ dataDir: cluster })).close()
  const system = await TestSystem.start({ cluster, env: { PERSIST_AFTER_S: '0' } })
  project.provide('sharedRelay', { url: system.url, dataDir: system.dataDir })
  project.provide('emptyCluster', cluster)
  return async () => {
    await system.stop()
    await rm(cluster, { recursive: true, force: true })
  }
}
