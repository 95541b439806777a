import { type ReactNode, useEffect, useRef } from 'react'
import { cx } from '../../kit/index.ts'
import type { Completion } from './use-completion.ts'

interface CompletionListProps<T> {
  /** Of the listbox; its options' ids are this and their place. */
  readonly id: string
  readonly label: string
  readonly completion: Completion<T>
  readonly keyOf: (candidate: T) => string
  readonly children: (candidate: T) => ReactNode
}

/** What may take the place of what is being typed. Focus stays in the text; the active option is named there. */
export function CompletionList<T>({ id, label, completion, keyOf, children }: CompletionListProps<T>) {
  const { candidates, active, setActive, choose } = completion
  const list = useRef<HTMLDivElement>(null)
  useEffect(() => {
    list.current?.querySelector('[aria-selected=true]')?.scrollIntoView({ block: 'nearest' })
  }, [active, candidates])
  return (
    <div
      ref={list}
      id={id}
      role="listbox"
      aria-label={label}
      className="absolute inset-x-2 bottom-full z-20 mb-1 max-h-72 animate-enter overflow-y-auto rounded-control border border-line bg-surface p-1 shadow-float wide:start-24 wide:end-auto wide:w-96"
    >
      {candidates.map((candidate, index) => (
        <div
          key={keyOf(candidate)}
          id={`${id}-${index}`}
          role="option"
          aria-selected={index === active}
          // The text keeps the focus, and a phone its keyboard.
          onMouseDown={(event) => event.preventDefault()}
          onMouseMove={() => setActive(index)}
          onClick={() => choose(candidate)}
          className={cx(
            'flex min-h-11 cursor-pointer items-center gap-2.5 rounded-[0.4rem] px-2 py-1',
            index === active && 'bg-selected',
          )}
        >
          {children(candidate)}
        </div>
      ))}
    </div>
  )
}
