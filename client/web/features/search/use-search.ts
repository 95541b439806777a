import { useEffect, useState } from 'react'
import type { SearchQuery } from '#sdk/session/search/query.ts'
import type { SearchResultView } from '../../engine/api.ts'
import { useApi } from '../../state/index.ts'

/** A pause in typing after which is searched. */
const PAUSE_MS = 90
/** While the engine still reads messages, it is asked again. */
const AGAIN_MS = 400

export type Found =
  | { readonly state: 'nothing' }
  | { readonly state: 'failed' }
  | { readonly state: 'found'; readonly result: SearchResultView; readonly words: string }

/** What the engine finds, as soon as it has something, and until it has everything. */
export function useSearch(query: SearchQuery): Found {
  const api = useApi()
  const [found, setFound] = useState<Found>({ state: 'nothing' })
  const key = JSON.stringify(query)
  useEffect(() => {
    let isCurrent = true
    let timer: ReturnType<typeof setTimeout>
    const asked = JSON.parse(key) as SearchQuery
    const ask = async () => {
      try {
        const result = await api.search(asked)
        if (!isCurrent) return
        setFound({ state: 'found', result, words: asked.text })
        if (result.coverage.state === 'reading') timer = setTimeout(() => void ask(), AGAIN_MS)
      } catch {
        if (isCurrent) setFound({ state: 'failed' })
      }
    }
    timer = setTimeout(() => void ask(), PAUSE_MS)
    return () => {
      isCurrent = false
      clearTimeout(timer)
    }
  }, [api, key])
  return found
}
