import { useCallback, useEffect, useState } from 'react'
import type { MediaPlace, MediaStatus, MediaView } from '#sdk/index.ts'
import { engineApi, useMediaStatus } from '../../state/index.ts'
import { acquire, release } from './blobs.ts'

/** Loaded as soon as it is seen, up to so many octets: more is asked for. */
const BY_ITSELF = 8_000_000

export interface File {
  /** Where it is; `undefined` until that is known. */
  readonly status: MediaStatus | undefined
  /** Its address, once it is here and was asked for. */
  readonly url: string | undefined
  readonly load: () => void
  readonly stop: () => void
}

/** A file of a message. @param show its address is wanted, and small ones are loaded by themselves */
export function useFile(place: MediaPlace, { type, size }: MediaView, show: boolean): File {
  const status = useMediaStatus(place)
  const [url, setUrl] = useState<string>()
  const state = status?.state
  const isAsked = status?.state === 'remote' && status.byHand === true
  const { conversation, order, id, item } = place
  const load = useCallback(() => {
    // What goes wrong comes as its status.
    engineApi()
      .loadMedia({ conversation, order, id, item })
      .catch(() => undefined)
  }, [conversation, order, id, item])
  const stop = useCallback(() => {
    engineApi()
      .stopMedia({ conversation, order, id, item })
      .catch(() => undefined)
  }, [conversation, order, id, item])
  useEffect(() => {
    if (show && state === 'remote' && !isAsked && size <= BY_ITSELF) load()
  }, [show, state, isAsked, size, load])
  // An own one is here from the beginning.
  const isHere = state === 'here' || state === 'uploading'
  useEffect(() => {
    if (!show || !isHere) return undefined
    const where = { conversation, order, id, item }
    let isWanted = true
    acquire(where, type).then(
      (address) => isWanted && setUrl(address),
      () => undefined,
    )
    return () => {
      isWanted = false
      setUrl(undefined)
      release(where)
    }
  }, [show, isHere, type, conversation, order, id, item])
  return { status, url, load, stop }
}
