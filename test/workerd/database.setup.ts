import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { startBridge } from '#db/local/bridge.ts'
import { startEmbeddedPostgres } from '#db/local/embedded.ts'
import { copyTemplate } from '#db/local/test/template.ts'
import { ensureClient } from '#scripts/lib/client-build.ts'
import { startReceiver } from './alert-receiver.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** `postgres://…` of the bridge, as `DATABASE_URL`. */
    databaseUrl: string
    databaseEndpoint: string
    /** Where the tests' alerts go (alert-receiver.ts). */
    alertReceiver: string
  }
}

/** One embedded PostgreSQL behind one bridge, for all the tests that run in workerd. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  // The Worker's configuration names the folder that the client is built into.
  await ensureClient(() => undefined)
  const dataDir = await mkdtemp(join(tmpdir(), 'silentrelay-workerd-'))
  await copyTemplate(dataDir)
  const postgres = await startEmbeddedPostgres({ dataDir })
  const bridge = await startBridge({ connectionString: postgres.connectionString, maxConnections: 1 })
  project.provide('databaseUrl', bridge.url)
  project.provide('databaseEndpoint', bridge.endpoint)
  const receiver = await startReceiver()
  project.provide('alertReceiver', receiver.url)
  return async () => {
    await receiver.close()
    await bridge.close()
    await postgres.close()
    await rm(dataDir, { recursive: true, force: true })
  }
}
