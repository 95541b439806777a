import type { Env as WorkerEnv } from '#workers/env.ts'
import type * as Worker from '#workers/index.ts'

declare global {
  namespace Cloudflare {
    /** What `env` of `cloudflare:workers` holds in the tests: see vitest.config.ts. */
    interface Env extends WorkerEnv {}
    interface GlobalProps {
      mainModule: typeof Worker
    }
  }
}
