import { type KeyboardEvent, useEffect, useState } from 'react'
import { announce } from '../../app/announcer.tsx'

/** What is being typed that something may take the place of. */
interface Query {
  /** Where it begins in the text. */
  readonly at: number
}

export interface Completion<T> {
  /** What it may mean; empty when nothing is offered. */
  readonly candidates: readonly T[]
  readonly active: number
  readonly setActive: (index: number) => void
  readonly choose: (candidate: T) => void
  /** Answers whether the key was for the list. */
  readonly onKeyDown: (event: KeyboardEvent) => boolean
}

export interface CompletionOptions<T, Q extends Query> {
  readonly query: Q | undefined
  /** Keeps its identity as long as it is the same list. */
  readonly candidates: readonly T[]
  readonly onChoose: (candidate: T, query: Q) => void
  /** What is said when so many are offered. */
  readonly describe: (count: number) => string
}

/** Completion at the caret of a text: ↑ ↓ choose, Enter and Tab take, Escape leaves it at what was typed. */
export function useCompletion<T, Q extends Query>(options: CompletionOptions<T, Q>): Completion<T> {
  const { query, onChoose, describe } = options
  const [left, setLeft] = useState<number>()
  const [active, setActive] = useState(0)
  const at = query?.at
  const candidates = at === undefined || at === left ? [] : options.candidates
  // Another list: its first is the best guess.
  useEffect(() => setActive(0), [options.candidates])
  useEffect(() => {
    if (at === undefined) setLeft(undefined)
  }, [at])
  const count = candidates.length
  useEffect(() => {
    if (count > 0) announce(describe(count))
    // Not again for other words: they change with the number alone.
  }, [count])

  const choose = (candidate: T) => {
    if (query !== undefined) onChoose(candidate, query)
  }
  const onKeyDown = (event: KeyboardEvent): boolean => {
    if (query === undefined || count === 0 || event.altKey || event.ctrlKey || event.metaKey) return false
    const chosen = candidates[active]
    if (event.key === 'ArrowDown') setActive((active + 1) % count)
    else if (event.key === 'ArrowUp') setActive((active + count - 1) % count)
    else if (event.key === 'Escape') setLeft(query.at)
    else if ((event.key === 'Enter' || event.key === 'Tab') && !event.shiftKey && chosen !== undefined) choose(chosen)
    else return false
    event.preventDefault()
    return true
  }
  return { candidates, active: Math.min(active, Math.max(0, count - 1)), setActive, choose, onKeyDown }
}
