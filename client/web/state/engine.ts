import { create } from 'zustand'
import type { EngineEvent, Phase } from '../engine/api.ts'
import type { ConnectionState } from '#sdk/index.ts'
import { type EngineConnection, setApi } from './api.ts'
import { conversationsEvent } from './conversations.ts'
import { timelinesEvent } from './timelines.ts'

export interface Connection {
  readonly state: ConnectionState
  /** Messages that wait to be sent. */
  readonly queued: number
  /** Why the engine will not connect by itself any more. */
  readonly stopped?: string
}

interface EngineState {
  readonly phase: Phase
  readonly connection: Connection
  /** Counts changes of the device list: something to depend on. */
  readonly devicesVersion: number
}

const useEngine = create<EngineState>(() => ({
  phase: { phase: 'starting' },
  connection: { state: 'connecting', queued: 0 },
  devicesVersion: 0,
}))

/** Called once per tab, before the first render. Answers what ends it. */
export function startEngine(connection: EngineConnection): () => void {
  setApi(connection.api)
  return connection.subscribe(onEvent)
}

function onEvent(event: EngineEvent): void {
  if (event.type === 'phase') useEngine.setState({ phase: event.phase })
  else if (event.type === 'connection') {
    const { state, queued, stopped } = event
    useEngine.setState({ connection: { state, queued, ...(stopped === undefined ? {} : { stopped }) } })
  } else if (event.type === 'devicesChanged') {
    useEngine.setState(({ devicesVersion }) => ({ devicesVersion: devicesVersion + 1 }))
  }
  conversationsEvent(event)
  timelinesEvent(event)
}

export const usePhase = (): Phase => useEngine((state) => state.phase)
export const getPhase = (): Phase => useEngine.getState().phase
export const useConnection = (): Connection => useEngine((state) => state.connection)
export const useDevicesVersion = (): number => useEngine((state) => state.devicesVersion)

/** The own profile: `undefined` where there is none, or the client is locked. */
export function useProfile() {
  return useEngine(({ phase }) => (phase.phase === 'ready' || phase.phase === 'revoked' ? phase.profile : undefined))
}
