import type { EngineApi, EngineEvent } from '../engine/api.ts'

/** What a tab holds of the engine: `connectEngine()` of the bridge, or the fake one. */
export interface EngineConnection {
  readonly api: EngineApi
  subscribe(listener: (event: EngineEvent) => void): () => void
}

let api: EngineApi | undefined

export function setApi(engine: EngineApi): void {
  api = engine
}

/** The engine's commands, outside of components. */
export function engineApi(): EngineApi {
  if (api === undefined) throw new Error('The engine is used before startEngine().')
  return api
}

/** The engine's commands. The same object for as long as the tab lives. */
export const useApi: () => EngineApi = engineApi
