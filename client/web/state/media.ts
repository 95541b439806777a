import { useEffect } from 'react'
import { create } from 'zustand'
import type { MediaPlace, MediaStatus } from '#sdk/index.ts'
import type { EngineEvent } from '../engine/api.ts'
import { engineApi } from './api.ts'

/** Where files are, as far as somebody looks at them. */
const useStatuses = create<{ readonly byFile: ReadonlyMap<string, MediaStatus> }>(() => ({ byFile: new Map() }))

const fileOf = ({ conversation, order, item }: MediaPlace): string => `${conversation} ${order} ${item}`

function put(entries: readonly (readonly [string, MediaStatus])[]): void {
  useStatuses.setState(({ byFile }) => ({ byFile: new Map([...byFile, ...entries]) }))
}

/** Messages whose files must not be shown any more; without ids, all. */
type Gone = (conversation?: string, ids?: readonly string[]) => void
const goneListeners = new Set<Gone>()

/** Listens to what disappears, is deleted, or locked away. */
export function onMediaGone(listener: Gone): void {
  goneListeners.add(listener)
}

export function mediaEvent(event: EngineEvent): void {
  if (event.type === 'media') put([[fileOf(event.place), event.status]])
  else if (event.type === 'itemsRemoved') {
    for (const gone of goneListeners) gone(event.conversation, event.ids)
  } else if (event.type === 'items') {
    const ids = event.items.flatMap((item) =>
      item.kind === 'message' && item.content.kind === 'deleted' ? [item.id] : [],
    )
    if (ids.length > 0) for (const gone of goneListeners) gone(event.conversation, ids)
  } else if (event.type === 'conversations') {
    // A new connection to the engine: it is asked again.
    useStatuses.setState({ byFile: new Map() })
  } else if (event.type === 'phase' && event.phase.phase === 'locked') {
    useStatuses.setState({ byFile: new Map() })
    for (const gone of goneListeners) gone()
  }
}

/** Where a file is; `undefined` until the engine has said it. */
export function useMediaStatus(place: MediaPlace): MediaStatus | undefined {
  const status = useStatuses(({ byFile }) => byFile.get(fileOf(place)))
  const isUnknown = status === undefined
  const { conversation, order, id } = place
  useEffect(() => {
    if (!isUnknown) return
    const message = { conversation, order, id }
    engineApi()
      .mediaStatus(message)
      .then((all) => put(all.map((one, item) => [fileOf({ ...message, item }), one] as const)))
      // Its message is gone, or the client is locked: neither shows it any more.
      .catch(() => undefined)
  }, [isUnknown, conversation, order, id])
  return status
}
