import { useVirtualizer } from '@tanstack/react-virtual'
import { useParams } from '@tanstack/react-router'
import {
  type KeyboardEvent,
  type Ref,
  type SyntheticEvent,
  useEffect,
  useImperativeHandle,
  useRef,
  useState,
} from 'react'
import type { ConversationRow } from '../../engine/api.ts'
import { ContextMenu } from '../../kit/index.ts'
import { useConversationActions } from './conversation-actions.tsx'
import { ListRow } from './list-row.tsx'

/** 4.25 rem; the rows' own class holds the same. */
const ROW_REM = 4.25

interface VirtualRowsProps {
  readonly rows: readonly ConversationRow[]
  readonly label: string
  readonly ref?: Ref<HTMLDivElement>
}

const rowIdAt = (event: SyntheticEvent) =>
  (event.target as Element).closest<HTMLElement>('[data-conversation]')?.dataset['conversation']

/**
 * The rows in view. One of them is in the tab order; ↑ ↓ Home End move between them, Enter opens, the menu key (or a
 * right click, or a long press) opens the menu, which is one for the whole list.
 */
export function VirtualRows({ rows, label, ref }: VirtualRowsProps) {
  const scroller = useRef<HTMLDivElement>(null)
  useImperativeHandle(ref, () => scroller.current as HTMLDivElement)
  const { id: openId } = useParams({ strict: false })
  const [focusedId, setFocusedId] = useState<string>()
  const [menuId, setMenuId] = useState<string>()
  const actions = useConversationActions()
  const [rowSize] = useState(() => ROW_REM * Number.parseFloat(getComputedStyle(document.documentElement).fontSize))
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowSize,
    getItemKey: (index) => rows[index]?.id ?? index,
    overscan: 6,
  })

  const indexOf = (id: string | undefined) => (id === undefined ? -1 : rows.findIndex((row) => row.id === id))
  const tabStop = Math.max(0, indexOf(focusedId) === -1 ? indexOf(openId) : indexOf(focusedId))
  const menuRow = rows[indexOf(menuId)]

  // The open conversation is in view when it is opened from elsewhere (a link, a key).
  const openIndex = indexOf(openId)
  const shown = useRef<string>(undefined)
  useEffect(() => {
    if (openIndex === -1 || shown.current === openId) return
    shown.current = openId
    virtual.scrollToIndex(openIndex, { align: 'auto' })
  }, [openId, openIndex, virtual])

  const focusRow = (index: number) => {
    const row = rows[index]
    if (row === undefined) return
    setFocusedId(row.id)
    virtual.scrollToIndex(index, { align: 'auto' })
    requestAnimationFrame(() =>
      scroller.current?.querySelector<HTMLElement>(`[data-conversation="${row.id}"]`)?.focus(),
    )
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return
    const targets: Record<string, number> = {
      ArrowDown: Math.min(rows.length - 1, tabStop + 1),
      ArrowUp: Math.max(0, tabStop - 1),
      Home: 0,
      End: rows.length - 1,
    }
    const target = targets[event.key]
    if (target === undefined) return
    event.preventDefault()
    focusRow(target)
  }

  return (
    <ContextMenu entries={menuRow === undefined ? [] : actions(menuRow)}>
      <div
        ref={scroller}
        data-list="conversations"
        className="min-h-0 flex-1 overflow-y-auto overscroll-contain"
        onKeyDown={onKeyDown}
        onFocus={(event) => setFocusedId(rowIdAt(event))}
        onContextMenuCapture={(event) => {
          const id = rowIdAt(event)
          // Beside the rows, the browser's own menu.
          if (id === undefined) event.stopPropagation()
          setMenuId(id)
        }}
        onPointerDownCapture={(event) => {
          if (event.pointerType !== 'mouse') setMenuId(rowIdAt(event))
        }}
      >
        <ul aria-label={label} className="relative w-full" style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map(({ key, index, start, size }) => {
            const row = rows[index]
            if (row === undefined) return null
            return (
              <li
                key={key}
                aria-setsize={rows.length}
                aria-posinset={index + 1}
                className="absolute inset-x-0 top-0"
                style={{ height: size, transform: `translateY(${start}px)` }}
              >
                <ListRow row={row} tabIndex={index === tabStop ? 0 : -1} />
              </li>
            )
          })}
        </ul>
      </div>
    </ContextMenu>
  )
}
