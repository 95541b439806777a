import { Trans, useLingui } from '@lingui/react/macro'
import { useVirtualizer } from '@tanstack/react-virtual'
import { type KeyboardEvent, type SyntheticEvent, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react'
import type { ConversationRow } from '../../engine/api.ts'
import { Button, ContextMenu, EmptyState, Spinner } from '../../kit/index.ts'
import { useTimeline } from '../../state/index.ts'
import { JumpButton } from './jump-button.tsx'
import type { Explained } from './notice-row.tsx'
import { RowView } from './row-view.tsx'
import { rowsOf } from './rows.ts'
import { useDivider } from './use-divider.ts'
import { useEndHeld } from './use-end-held.ts'
import { useMessageMenu } from './use-message-menu.tsx'
import { useReadMarks } from './use-read-marks.ts'

/** Older items are asked for when fewer rows than this stand above the view. */
const PREFETCH_ROWS = 30
/** This near to its end, in pixels, a timeline follows new messages. */
const NEAR_END = 80
/** How long the first place takes to be found. */
const SETTLE_MS = 250
/** Room above the first row, for the sign that older ones are coming: rows do not move when it comes and goes. */
const TOP_ROOM = 44
/** A first guess; rows are measured when they are shown. */
const ROW_GUESS = 52

const messageAt = (event: SyntheticEvent) =>
  (event.target as Element).closest<HTMLElement>('[data-message]')?.dataset['message']

interface TimelineProps {
  readonly id: string
  readonly row: ConversationRow | undefined
  readonly name: string
  readonly onExplain: (what: Explained, asked: boolean) => void
  /** Where focus goes when the button that jumps to the end has done so and is gone. */
  readonly onJumped: () => void
}

/**
 * A conversation's messages, the newest at the end. Rows in view exist, others do not; the place that is read stays
 * where it is when older ones come. One message is in the tab order; ↑ ↓ Home End go from one to the next.
 */
export function Timeline({ id, row, name, onExplain, onJumped }: TimelineProps) {
  const { t } = useLingui()
  const { items, status, more, loadingOlder, loadOlder, reload } = useTimeline(id)
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
  const menu = useMessageMenu()

  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_GUESS,
    getItemKey: (index) => rows[index]?.key ?? index,
    anchorTo: 'end',
    followOnAppend: true,
    scrollEndThreshold: NEAR_END,
    paddingStart: TOP_ROOM,
    paddingEnd: 12,
    overscan: 8,
  })
  const range = virtual.range
  useReadMarks(row, rows, status === 'ready' ? range?.endIndex : undefined)

  // Opens at the first unread message, else at the end; once.
  const opened = useRef(false)
  const [settled, setSettled] = useState(false)
  useLayoutEffect(() => {
    if (opened.current || status !== 'ready' || rows.length === 0) return
    opened.current = true
    const unread = rows.findIndex((one) => one.row === 'unread')
    if (unread > 0) virtual.scrollToIndex(unread, { align: 'start' })
    else virtual.scrollToEnd()
    // Rows are measured as they come into view, and the goal is corrected: what comes in front before would move it.
    setTimeout(() => setSettled(true), SETTLE_MS)
  }, [status, rows, virtual])
  useEndHeld(scroller)

  useEffect(() => {
    if (settled && more && range !== null && range.startIndex < PREFETCH_ROWS) void loadOlder()
  }, [settled, range, more, loadOlder, items])

  // An own message is shown wherever one was reading.
  const last = items.at(-1)
  const lastSeen = useRef(last?.id)
  useEffect(() => {
    if (last === undefined || last.id === lastSeen.current) return
    const first = lastSeen.current === undefined
    lastSeen.current = last.id
    if (!first && last.kind === 'message' && last.outgoing) virtual.scrollToEnd()
  }, [last, virtual])

  const messages = useMemo(
    () => rows.flatMap((one, index) => (one.row === 'message' ? [{ index, id: one.item.id, item: one.item }] : [])),
    [rows],
  )
  // The tab stop is a message that is there: the one that had the focus, else the last one in view.
  const visible = virtual.getVirtualItems()
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

  if (status === 'failed') {
    return (
      <div className="flex min-h-0 flex-1">
        <EmptyState
          title={<Trans>The messages could not be read</Trans>}
          action={
            <Button onClick={() => void reload()}>
              <Trans>Try again</Trans>
            </Button>
          }
        >
          <Trans>They are still on this device.</Trans>
        </EmptyState>
      </div>
    )
  }
  const far = settled && virtual.getDistanceFromEnd() > (scroller.current?.clientHeight ?? 0) / 2
  return (
    <div className="relative flex min-h-0 flex-1 flex-col">
      <ContextMenu entries={menuItem === undefined ? [] : menu(menuItem)}>
        <div
          ref={scroller}
          tabIndex={messages.length === 0 ? 0 : -1}
          role="group"
          aria-label={t`Messages with ${name}`}
          aria-busy={status === 'loading'}
          data-timeline
          className="flex min-h-0 flex-1 flex-col overflow-x-clip overflow-y-auto overscroll-contain [overflow-anchor:none] focus-visible:outline-offset-[-2px]"
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
                  <RowView row={one} conversation={row} id={id} name={name} tabStop={tabStop} onExplain={onExplain} />
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
