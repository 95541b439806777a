import { useLingui } from '@lingui/react/macro'
import type { ConversationRow } from '../../engine/api.ts'
import { nameOf } from '../conversations/name-of.ts'
import { EventRow } from '../groups/event-row.tsx'
import { type MessageMarks, MessageRow } from './message-row.tsx'
import { type Explained, NoticeRow } from './notice-row.tsx'
import type { EventItem, Row } from './rows.ts'
import { SharedRow } from './shared-row.tsx'
import { DayRow, StartRow, UnreadRow } from './separator-rows.tsx'

interface RowViewProps extends Pick<MessageMarks, 'onJump' | 'onReact'> {
  readonly row: Row
  readonly id: string
  readonly conversation: ConversationRow | undefined
  readonly name: string
  /** The message that is in the tab order. */
  readonly tabStop: string | undefined
  readonly onExplain: (what: Explained, asked: boolean) => void
  readonly onExplainEvent: (item: EventItem) => void
}

/** One row of a timeline, by its kind. */
export function RowView(props: RowViewProps) {
  const { row, id, conversation, name, tabStop, onExplain, onExplainEvent, onJump, onReact } = props
  const { t } = useLingui()
  const isGroup = conversation?.group !== undefined
  switch (row.row) {
    case 'start':
      return <StartRow id={id} name={name} username={conversation?.username} group={isGroup} />
    case 'day':
      return <DayRow at={row.at} />
    case 'shared':
      return <SharedRow by={row.by} />
    case 'unread':
      return <UnreadRow count={row.count} />
    case 'notice':
      return <NoticeRow item={row.item} conversation={id} name={name} onExplain={onExplain} />
    case 'event':
      return <EventRow item={row.item} onExplain={onExplainEvent} />
    case 'message':
      return (
        <MessageRow
          item={row.item}
          conversation={id}
          first={row.first}
          last={row.last}
          author={row.item.outgoing ? t`You` : isGroup ? (nameOf(row.item.author) ?? t`Unnamed member`) : name}
          sender={row.item.outgoing || !isGroup ? undefined : row.item.author?.account}
          tabIndex={row.item.id === tabStop ? 0 : -1}
          name={name}
          isGroup={isGroup}
          onJump={onJump}
          onReact={onReact}
        />
      )
  }
}
