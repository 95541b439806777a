import type { EngineApi } from '../engine/api.ts'

export type { EngineConnection } from '../bridge/connection.ts'

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
