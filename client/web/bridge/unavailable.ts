import type { CommandFailure, EngineEvent } from '../engine/api.ts'
import { commandsBy } from '../engine/host/commands.ts'
import type { EngineConnection } from './connection.ts'

const FAILED: EngineEvent = { type: 'phase', phase: { phase: 'failed', code: 'locksUnavailable' } }

/** Where the platform has no Web Locks, as on a page without TLS: no engine may run, since two could. */
export function unavailableEngine(): EngineConnection {
  return {
    api: commandsBy(() => {
      // As the engine's host rejects: plain data
      return Promise.reject({ code: 'locksUnavailable' } satisfies CommandFailure)
    }),
    subscribe: (listener) => {
      listener(FAILED)
      return () => undefined
    },
    idle: () => Promise.resolve(),
    onOtherBuild: () => () => undefined,
    agreeToOtherBuild: () => undefined,
  }
}
