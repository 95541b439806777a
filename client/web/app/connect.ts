import { connectEngine } from '../bridge/index.ts'
import type { EngineConnection } from '../state/index.ts'

/** The engine of this tab: the one of the browser profile, or, in builds made for it, a seeded one in memory. */
export async function connect(): Promise<EngineConnection> {
  if (import.meta.env.MODE !== 'fake') return connectEngine()
  const { connectFakeEngine, fakeOptionsOf } = await import('../testing/fake-engine.ts')
  return connectFakeEngine(fakeOptionsOf(new URLSearchParams(location.search)))
}
