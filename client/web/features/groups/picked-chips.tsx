import { Plural, useLingui } from '@lingui/react/macro'
import { X } from 'lucide-react'
import { useRef } from 'react'
import { Avatar } from '../../kit/index.ts'
import { nameOf } from '../conversations/name-of.ts'
import type { Picked } from './picked.ts'

interface PickedChipsProps {
  readonly picked: readonly Picked[]
  readonly onRemove: (person: Picked) => void
  /** The last one was removed by its button: focus has to go elsewhere. */
  readonly onEmptied: () => void
}

/** Who is chosen. Each is a button that takes the person out again. */
export function PickedChips({ picked, onRemove, onEmptied }: PickedChipsProps) {
  const { t } = useLingui()
  const list = useRef<HTMLUListElement>(null)
  const remove = (person: Picked, index: number) => {
    onRemove(person)
    // The button is gone with its person: the one in its place is next.
    requestAnimationFrame(() => {
      const buttons = list.current?.querySelectorAll('button')
      const next = buttons?.[Math.min(index, buttons.length - 1)]
      if (next === undefined) onEmptied()
      else next.focus()
    })
  }
  if (picked.length === 0) return null
  return (
    <div className="flex flex-col gap-1.5">
      <p className="text-meta font-medium text-muted">
        <Plural value={picked.length} one="# person chosen" other="# people chosen" />
      </p>
      <ul ref={list} className="-m-1 flex max-h-36 flex-wrap gap-2 overflow-y-auto p-1">
        {picked.map((person, index) => {
          const name = nameOf(person) ?? t`Unnamed contact`
          return (
            <li key={person.account} className="max-w-full">
              <button
                type="button"
                aria-label={t`Remove ${name}`}
                title={t`Remove`}
                onClick={() => remove(person, index)}
                className="flex min-h-9 max-w-full items-center gap-2 rounded-full bg-selected ps-1 pe-2.5 hover:bg-hover"
              >
                <Avatar id={person.account} name={person.name ?? person.username} size="small" />
                <bdi className="max-w-48 truncate">{name}</bdi>
                <X aria-hidden className="size-4 shrink-0" />
              </button>
            </li>
          )
        })}
      </ul>
    </div>
  )
}
