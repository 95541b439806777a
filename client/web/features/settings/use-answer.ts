import { useCallback, useEffect, useState } from 'react'
import { type FailureCode, failureCode } from '../../app/failure.ts'

export type Answer<T> =
  | { readonly state: 'loading' }
  | { readonly state: 'ready'; readonly value: T }
  | { readonly state: 'failed'; readonly failure: FailureCode }

/**
 * What a question to the engine answers; asked again when `version` changes and by `again`. An answer stays in sight while
 * it is asked for anew.
 *
 * @param ask stable: from `useCallback`
 */
export function useAnswer<T>(
  ask: () => Promise<T>,
  version = 0,
): { readonly answer: Answer<T>; readonly again: () => void } {
  const [attempt, setAttempt] = useState(0)
  const [answer, setAnswer] = useState<Answer<T>>({ state: 'loading' })
  useEffect(() => {
    let current = true
    const question = async () => {
      const next = await answered(ask)
      if (current) setAnswer(next)
    }
    void question()
    return () => {
      current = false
    }
  }, [ask, version, attempt])
  const again = useCallback(() => {
    setAnswer((former) => (former.state === 'failed' ? { state: 'loading' } : former))
    setAttempt((count) => count + 1)
  }, [])
  return { answer, again }
}

async function answered<T>(ask: () => Promise<T>): Promise<Answer<T>> {
  try {
    return { state: 'ready', value: await ask() }
  } catch (error) {
    return { state: 'failed', failure: failureCode(error) }
  }
}
