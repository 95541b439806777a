import { useLingui } from '@lingui/react/macro'
import { type Ref, useImperativeHandle, useRef } from 'react'
import { Avatar, cx } from '../../kit/index.ts'
import { nameOf } from '../conversations/name-of.ts'
import type { Picked } from './picked.ts'
import { useVirtualList } from './use-virtual-list.ts'

interface PeopleRowsProps {
  readonly people: readonly Picked[]
  readonly chosen: ReadonlySet<string>
  /** Nobody else can be chosen. */
  readonly full: boolean
  readonly scroller: HTMLElement | null
  readonly onToggle: (person: Picked) => void
  readonly ref?: Ref<HTMLUListElement>
}

/** People with a box to tick each. */
export function PeopleRows({ people, chosen, full, scroller, onToggle, ref }: PeopleRowsProps) {
  const { t } = useLingui()
  const list = useRef<HTMLUListElement>(null)
  useImperativeHandle(ref, () => list.current as HTMLUListElement)
  const { rows, rowSize, height, tabStop, events } = useVirtualList({
    count: people.length,
    rowRem: 3.5,
    scroller,
    list,
  })
  return (
    <ul ref={list} aria-label={t`People`} className="relative" style={{ height }} {...events}>
      {rows.map(({ index, top }) => {
        const person = people[index]
        if (person === undefined) return null
        const { account, name, username } = person
        const isChosen = chosen.has(account)
        return (
          <li
            key={account}
            aria-setsize={people.length}
            aria-posinset={index + 1}
            className="absolute inset-x-0 top-0"
            style={{ height: rowSize, transform: `translateY(${top}px)` }}
          >
            <label
              className={cx(
                'flex h-full items-center gap-3 rounded-control px-2 hover:bg-hover',
                full && !isChosen && 'opacity-60',
              )}
            >
              <Avatar id={account} name={name ?? username} />
              <span className="min-w-0 flex-1">
                <bdi className="block truncate leading-5 font-medium text-match">
                  {nameOf(person) ?? t`Unnamed contact`}
                </bdi>
                {name === undefined || username === undefined ? null : (
                  <bdi className="block truncate text-meta text-muted text-match">@{username}</bdi>
                )}
              </span>
              <input
                type="checkbox"
                data-row={index}
                checked={isChosen}
                tabIndex={index === tabStop ? 0 : -1}
                onChange={() => onToggle(person)}
                className="size-6 shrink-0 accent-accent"
              />
            </label>
          </li>
        )
      })}
    </ul>
  )
}
