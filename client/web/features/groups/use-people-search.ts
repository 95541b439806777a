import { useRef, useState } from 'react'
import { type FailureCode, failureCode } from '../../app/failure.ts'
import { useApi } from '../../state/index.ts'

interface Search {
  readonly username: string
  /** What was in the field. */
  readonly typed: string
}

interface PeopleSearchOptions {
  readonly found: (account: string, search: Search) => void
  /** It failed after something else was typed, or looked up: where its text stood, there is another now. */
  readonly failedLate: (username: string, failure: FailureCode) => void
}

/**
 * Looks people up by username, several at a time: answers come in any order, and each is about its own question. One
 * username is not asked for twice at a time.
 */
export function usePeopleSearch({ found, failedLate }: PeopleSearchOptions) {
  const api = useApi()
  const running = useRef(new Set<string>())
  const typed = useRef('')
  const [searching, setSearching] = useState<ReadonlySet<string>>(running.current)
  const [failure, setFailure] = useState<FailureCode>()
  const changed = () => setSearching(new Set(running.current))
  return {
    /** Usernames that are being looked up. */
    searching,
    /** Why the search for what is in the field failed. */
    failure,
    /** Another text is in the field. */
    type: (text: string) => {
      typed.current = text
      setFailure(undefined)
    },
    find: async (search: Search): Promise<void> => {
      const { username } = search
      if (running.current.has(username)) return
      running.current.add(username)
      changed()
      setFailure(undefined)
      try {
        found(await api.openByUsername(username), search)
      } catch (error) {
        const code = failureCode(error)
        if (typed.current === search.typed) setFailure(code)
        else failedLate(username, code)
      } finally {
        running.current.delete(username)
        changed()
      }
    },
  }
}
