import { Trans, useLingui } from '@lingui/react/macro'
import { useVirtualizer } from '@tanstack/react-virtual'
import { type KeyboardEvent, type SyntheticEvent, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react'
import type { ConversationRow } from '../../engine/api.ts'
import { ContextMenu, Spinner } from '../../kit/index.ts'
import type { Timeline } from '../../state/index.ts'
import { mayWrite } from '../marks/may.ts'
import { useMarks } from '../marks/use-marks.ts'
import { JumpButton } from './jump-button.tsx'
import type { Explained } from './notice-row.tsx'
import { RowView } from './row-view.tsx'
import { type EventItem, type MessageItem, type Row, rowsOf } from './rows.ts'
import { keepShape, startingShape } from './shapes.ts'
import { useDivider } from './use-divider.ts'
import { useEndHeld } from './use-end-held.ts'
import { type MessageActions, useMessageMenu } from './use-message-menu.tsx'
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
  guess: rowGuess,
}

/** How high a row may be, in pixels: it is measured when it is shown. What stands around a text has a height of its own. */
function rowGuess(row: Row): number {
  if (row.row !== 'message') return 52
  const { quote, reactions, forwarded } = row.item
  return 52 + (quote === undefined ? 0 : 48) + (reactions === undefined ? 0 : 30) + (forwarded === undefined ? 0 : 20)
}

/** How long a message that was jumped to stands out. */
const MARKED_MS = 1_600

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
  readonly actions: Required<MessageActions>
  /** A message to show, and to look at anew with each object. */
  readonly jump: { readonly order: number } | undefined
  readonly onJump: (order: number) => void
  /** Where focus goes when the button that jumps to the end has done so and is gone. */
  readonly onJumped: () => void
}

/**
 * A conversation's messages, the newest at the end. Rows in view exist, others do not; the place that is read stays
 * where it is when older ones come. One message is in the tab order; ↑ ↓ Home End go from one to the next.
 */
export function TimelineRows(props: TimelineRowsProps) {
  const { id, timeline, row, name, onExplain, onExplainEvent, actions, jump, onJump, onJumped } = props
  const { t } = useLingui()
  const { items, more, atEnd, loadingOlder, loadOlder, loadNewer, showAround, showEnd } = timeline
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
  /** What was chosen takes the focus elsewhere. */
  const isLeaving = useRef(false)
  const leavingFor = (action: (item: MessageItem) => void) => (item: MessageItem) => {
    isLeaving.current = true
    action(item)
  }
  const menu = useMessageMenu(id, row, {
    ...actions,
    onReply: leavingFor(actions.onReply),
    onEdit: leavingFor(actions.onEdit),
    onReaders: isGroup ? actions.onReaders : undefined,
  })
  const { react } = useMarks(id)

  const unread = rows.findIndex((one) => one.row === 'unread')
  // The rows that show first are the first that are drawn.
  const [starting] = useState(() => startingShape(id, rows, unread, SIZES))
  const virtual = useVirtualizer({
    ...starting,
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => (rows[index] === undefined ? 52 : rowGuess(rows[index])),
    getItemKey: (index) => rows[index]?.key ?? index,
    anchorTo: 'end',
    followOnAppend: atEnd,
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

  useEffect(() => {
    if (settled && !atEnd && range !== null && range.endIndex > rows.length - PREFETCH_ROWS) void loadNewer()
  }, [settled, range, atEnd, rows.length, loadNewer])

  // What is jumped to is read first, where it is far away; then it is in the middle, and has the focus.
  const [wanted, setWanted] = useState<{ readonly order: number }>()
  useEffect(() => {
    if (jump === undefined) return
    // Where it cannot be read, the place stays what it is.
    void showAround(jump.order).then(
      (isThere) => (isThere ? setWanted(jump) : undefined),
      () => undefined,
    )
  }, [jump, showAround])
  useEffect(() => {
    const index = rows.findIndex((one) => one.row === 'message' && one.item.order === wanted?.order)
    const found = rows[index]
    if (wanted === undefined || found?.row !== 'message') return
    setWanted(undefined)
    setActiveId(found.item.id)
    virtual.scrollToIndex(index, { align: 'center' })
    setTimeout(() => {
      const message = scroller.current?.querySelector<HTMLElement>(`[data-message="${found.item.id}"]`)
      message?.focus({ preventScroll: true })
      message?.setAttribute('data-marked', '')
      setTimeout(() => message?.removeAttribute('data-marked'), MARKED_MS)
    }, SETTLE_MS)
  }, [wanted, rows, virtual])

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

  const far = settled && (!atEnd || virtual.getDistanceFromEnd() > (scroller.current?.clientHeight ?? 0) / 2)
  const goToEnd = async () => {
    await showEnd()
    requestAnimationFrame(() => virtual.scrollToEnd())
    onJumped()
  }
  return (
    <div className="relative flex min-h-0 flex-1 flex-col">
      <ContextMenu
        entries={menuItem === undefined ? [] : menu(menuItem)}
        onCloseAutoFocus={(event) => {
          if (isLeaving.current) event.preventDefault()
          isLeaving.current = false
        }}
      >
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
                    onJump={onJump}
                    onReact={mayWrite(row) ? react : undefined}
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
          // What cannot be read stays away; the button is still there.
          onClick={() => void goToEnd().catch(() => undefined)}
        />
      ) : null}
    </div>
  )
}
