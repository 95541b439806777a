import { create } from 'zustand'
import type { EngineEvent, Phase } from '../engine/api.ts'
import type { ConnectionState, KeyLogAlarm } from '#sdk/index.ts'
import { type EngineConnection, setApi } from './api.ts'
import { conversationsEvent } from './conversations.ts'
import { groupsEvent } from './groups.ts'
import { startHandover } from './handover.ts'
import { mediaEvent } from './media.ts'
import { timelinesEvent } from './timelines.ts'

export interface Connection {
  readonly state: ConnectionState
  /** Messages that wait to be sent. */
  readonly queued: number
  /** Why the engine will not connect by itself any more. */
  readonly stopped?: string
  /** What is wrong with the key log; absent when nothing is. */
  readonly keyLogAlarms?: readonly KeyLogAlarm[]
  /** To how many people messages wait because the key log has not proven their devices; absent for none. */
  readonly unproven?: number
  /** Devices of the own account that nobody here has said to know; absent for none. */
  readonly newDevices?: readonly number[]
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
  const ends = [startHandover(connection), connection.subscribe(onEvent)]
  return () => {
    for (const end of ends) end()
  }
}

/** The worker with the engine died, and the next one opens the same account: what is shown, or written, stays meanwhile. */
function isTakeover(event: EngineEvent): boolean {
  if (event.type !== 'phase' || event.phase.phase !== 'starting') return false
  const { phase } = getPhase()
  return phase === 'ready' || phase === 'revoked'
}

function onEvent(event: EngineEvent): void {
  if (isTakeover(event)) return
  if (event.type === 'phase') useEngine.setState({ phase: event.phase })
  else if (event.type === 'connection') {
    const { type: _type, ...connection } = event
    useEngine.setState({ connection })
  } else if (event.type === 'devicesChanged') {
    useEngine.setState(({ devicesVersion }) => ({ devicesVersion: devicesVersion + 1 }))
  }
  conversationsEvent(event)
  timelinesEvent(event)
  groupsEvent(event)
  mediaEvent(event)
}

export const usePhase = (): Phase => useEngine((state) => state.phase)
export const getPhase = (): Phase => useEngine.getState().phase
export const useConnection = (): Connection => useEngine((state) => state.connection)
export const useDevicesVersion = (): number => useEngine((state) => state.devicesVersion)

/** The own profile: `undefined` where there is none, or the client is locked. */
export function useProfile() {
  return useEngine(({ phase }) => (phase.phase === 'ready' || phase.phase === 'revoked' ? phase.profile : undefined))
}
