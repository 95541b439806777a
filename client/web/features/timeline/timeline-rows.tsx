import { Trans, useLingui } from '@lingui/react/macro'
import { useVirtualizer } from '@tanstack/react-virtual'
import { type KeyboardEvent, type SyntheticEvent, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react'
import type { ConversationRow } from '../../engine/api.ts'
import { ContextMenu, Spinner } from '../../kit/index.ts'
import type { Timeline } from '../../state/index.ts'
import { JumpButton } from './jump-button.tsx'
import type { Explained } from './notice-row.tsx'
import { RowView } from './row-view.tsx'
import { type EventItem, type MessageItem, rowsOf } from './rows.ts'
import { keepShape, startingShape } from './shapes.ts'
import { useDivider } from './use-divider.ts'
import { useEndHeld } from './use-end-held.ts'
import { useMessageMenu } from './use-message-menu.tsx'
import { usePlaceKept } from './use-place-kept.ts'
import { useReadMarks } from './use-read-marks.ts'

/** Older items are asked for when fewer rows than this stand above the view. */
const PREFETCH_ROWS = 30
/** This near to its end, in pixels, a timeline follows new messages. */
const NEAR_END = 80
/** How long the first place takes to be found. */
const SETTLE_MS = 250
const SIZES = {
  /** Room above the first row, for the sign that older ones are coming: rows do not move when it comes and goes. */
  top: 44,
  bottom: 4,
  /** A first guess; rows are measured when they are shown. */
  rowGuess: 52,
}

const messageAt = (event: SyntheticEvent) =>
  (event.target as Element).closest<HTMLElement>('[data-message]')?.dataset['message']

export interface TimelineRowsProps {
  readonly id: string
  /** Ready. */
  readonly timeline: Timeline
  readonly row: ConversationRow | undefined
  readonly name: string
  readonly onExplain: (what: Explained, asked: boolean) => void
  readonly onExplainEvent: (item: EventItem) => void
  /** In a group: shows who has read an own message. */
  readonly onReaders: (item: MessageItem) => void
  /** Where focus goes when the button that jumps to the end has done so and is gone. */
  readonly onJumped: () => void
}

/**
 * A conversation's messages, the newest at the end. Rows in view exist, others do not; the place that is read stays
 * where it is when older ones come. One message is in the tab order; ↑ ↓ Home End go from one to the next.
 */
export function TimelineRows(props: TimelineRowsProps) {
  const { id, timeline, row, name, onExplain, onExplainEvent, onReaders, onJumped } = props
  const { t } = useLingui()
  const { items, more, loadingOlder, loadOlder } = timeline
  const divider = useDivider(row, items)
  const rows = useMemo(
    () =>
      rowsOf(items, {
        more,
        ...(divider === undefined ? {} : { unreadAfter: divider.after, unreadCount: divider.count }),
      }),
    [items, more, divider],
  )
  const scroller = useRef<HTMLDivElement>(null)
  const [activeId, setActiveId] = useState<string>()
  const [menuId, setMenuId] = useState<string>()
  const isGroup = row?.group !== undefined
  const menu = useMessageMenu(isGroup ? onReaders : undefined)

  const unread = rows.findIndex((one) => one.row === 'unread')
  // The rows that show first are the first that are drawn.
  const [starting] = useState(() => startingShape(id, rows, unread, SIZES))
  const virtual = useVirtualizer({
    ...starting,
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => SIZES.rowGuess,
    getItemKey: (index) => rows[index]?.key ?? index,
    anchorTo: 'end',
    followOnAppend: true,
    scrollEndThreshold: NEAR_END,
    paddingStart: SIZES.top,
    paddingEnd: SIZES.bottom,
    overscan: 8,
  })
  const visible = virtual.getVirtualItems()
  const keepsPlace = usePlaceKept(virtual, rows)
  // Only now of these rows: before, of those that were there when older ones came.
  const { range } = virtual
  useReadMarks(row, rows, range?.endIndex)

  // Opens at the first unread message, else at the end; once.
  const opened = useRef(false)
  const [settled, setSettled] = useState(false)
  useLayoutEffect(() => {
    if (opened.current || rows.length === 0) return
    opened.current = true
    if (unread > 0) virtual.scrollToIndex(unread, { align: 'start' })
    else virtual.scrollToEnd()
    // Rows are measured as they come into view, and the goal is corrected: what comes in front before would move it.
    setTimeout(() => setSettled(true), SETTLE_MS)
  }, [rows, unread, virtual])
  useEffect(() => () => keepShape(id, virtual), [id, virtual])
  useEndHeld(scroller)

  useEffect(() => {
    if (settled && more && range !== null && range.startIndex < PREFETCH_ROWS) void loadOlder()
  }, [settled, range, more, loadOlder, items])

  // Older ones that come unasked (those that a member shares): who reads at the end stays there.
  const firstId = items[0]?.id
  const shown = useRef({ firstId, isAtEnd: true })
  useLayoutEffect(() => {
    if (firstId !== shown.current.firstId && shown.current.isAtEnd) virtual.scrollToEnd()
  }, [firstId, virtual])
  useEffect(() => {
    shown.current = { firstId, isAtEnd: virtual.getDistanceFromEnd() < NEAR_END }
  })

  // An own message is shown wherever one was reading.
  const last = items.at(-1)
  const lastSeen = useRef(last?.order)
  useEffect(() => {
    const seen = lastSeen.current
    // An older one is the last when newer ones disappeared.
    if (last === undefined || (seen !== undefined && last.order <= seen)) return
    lastSeen.current = last.order
    if (seen !== undefined && last.kind === 'message' && last.outgoing) virtual.scrollToEnd()
  }, [last, virtual])

  const messages = useMemo(
    () => rows.flatMap((one, index) => (one.row === 'message' ? [{ index, id: one.item.id, item: one.item }] : [])),
    [rows],
  )
  // The tab stop is a message that is there: the one that had the focus, else the last one in view.
  const isThere = (index: number) => index >= (visible[0]?.index ?? 0) && index <= (visible.at(-1)?.index ?? -1)
  const activeAt = messages.findIndex((one) => one.id === activeId && isThere(one.index))
  const stopAt =
    activeAt === -1 ? messages.findLastIndex((one) => one.index <= (range?.endIndex ?? rows.length)) : activeAt
  const tabStop = messages[stopAt]?.id
  const menuItem = menuId === undefined ? undefined : messages.find((one) => one.id === menuId)?.item

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.altKey || event.ctrlKey || event.metaKey || messageAt(event) === undefined) return
    const targets: Record<string, number> = {
      ArrowDown: Math.min(messages.length - 1, stopAt + 1),
      ArrowUp: Math.max(0, stopAt - 1),
      Home: 0,
      End: messages.length - 1,
    }
    const target = messages[targets[event.key] ?? -1]
    if (target === undefined) return
    event.preventDefault()
    setActiveId(target.id)
    virtual.scrollToIndex(target.index, { align: 'auto' })
    requestAnimationFrame(() => scroller.current?.querySelector<HTMLElement>(`[data-message="${target.id}"]`)?.focus())
  }

  const far = settled && virtual.getDistanceFromEnd() > (scroller.current?.clientHeight ?? 0) / 2
  return (
    <div className="relative flex min-h-0 flex-1 flex-col">
      <ContextMenu entries={menuItem === undefined ? [] : menu(menuItem)}>
        <div
          ref={scroller}
          tabIndex={messages.length === 0 ? 0 : -1}
          role="group"
          aria-label={isGroup ? t`Messages in ${name}` : t`Messages with ${name}`}
          data-timeline
          className="flex min-h-0 flex-1 flex-col overflow-x-clip overflow-y-auto overscroll-contain [overflow-anchor:none] focus-visible:outline-offset-[-2px]"
          {...keepsPlace}
          onKeyDown={onKeyDown}
          onFocus={(event) => setActiveId((present) => messageAt(event) ?? present)}
          onContextMenuCapture={(event) => {
            const message = messageAt(event)
            // Outside of messages, and on links, the browser's own menu.
            if (message === undefined || (event.target as Element).closest('a') !== null) event.stopPropagation()
            setMenuId(message)
          }}
          onPointerDownCapture={(event) => {
            if (event.pointerType !== 'mouse') setMenuId(messageAt(event))
          }}
        >
          <ol
            aria-label={t`Messages`}
            className="relative mt-auto w-full shrink-0"
            style={{ height: virtual.getTotalSize() }}
          >
            {loadingOlder ? (
              <li className="absolute inset-x-0 top-2 flex justify-center text-muted">
                <Spinner className="size-6" />
                <span className="sr-only">
                  <Trans>Loading older messages</Trans>
                </span>
              </li>
            ) : null}
            {visible.map(({ key, index, start }) => {
              const one = rows[index]
              if (one === undefined) return null
              return (
                <li
                  key={key}
                  ref={virtual.measureElement}
                  data-index={index}
                  className="absolute inset-x-0 top-0"
                  style={{ transform: `translateY(${start}px)` }}
                >
                  <RowView
                    row={one}
                    conversation={row}
                    id={id}
                    name={name}
                    tabStop={tabStop}
                    onExplain={onExplain}
                    onExplainEvent={onExplainEvent}
                  />
                </li>
              )
            })}
          </ol>
        </div>
      </ContextMenu>
      {far ? (
        <JumpButton
          unread={row?.unread ?? 0}
          onClick={() => {
            virtual.scrollToEnd()
            onJumped()
          }}
        />
      ) : null}
    </div>
  )
}
