import { create } from 'zustand'
import type { EngineEvent } from '../engine/api.ts'

interface Versions {
  /** Counts changes of each group. */
  readonly of: ReadonlyMap<string, number>
  /** Counts the moments after which any group may have changed. */
  readonly all: number
}

const useVersions = create<Versions>(() => ({ of: new Map(), all: 0 }))

export function groupsEvent(event: EngineEvent): void {
  if (event.type === 'groupChanged') {
    const { of } = useVersions.getState()
    useVersions.setState({ of: new Map(of).set(event.conversation, (of.get(event.conversation) ?? 0) + 1) })
  } else if (event.type === 'conversations') {
    // A new connection to the engine, or an unlock: events may have been missed.
    useVersions.setState(({ all }) => ({ all: all + 1 }))
  }
}

/** Grows whenever members, roles or details of a group changed: something to depend on. */
export const useGroupVersion = (id: string): number => useVersions(({ of, all }) => (of.get(id) ?? 0) + all)
