import { useLingui } from '@lingui/react/macro'
import type { ConversationRow } from '../../engine/api.ts'
import { MessageRow } from './message-row.tsx'
import { type Explained, NoticeRow } from './notice-row.tsx'
import type { Row } from './rows.ts'
import { DayRow, StartRow, UnreadRow } from './separator-rows.tsx'

interface RowViewProps {
  readonly row: Row
  readonly id: string
  readonly conversation: ConversationRow | undefined
  readonly name: string
  /** The message that is in the tab order. */
  readonly tabStop: string | undefined
  readonly onExplain: (what: Explained, asked: boolean) => void
}

/** One row of a timeline, by its kind. */
export function RowView({ row, id, conversation, name, tabStop, onExplain }: RowViewProps) {
  const { t } = useLingui()
  switch (row.row) {
    case 'start':
      return <StartRow id={id} name={name} username={conversation?.username} />
    case 'day':
      return <DayRow at={row.at} />
    case 'unread':
      return <UnreadRow count={row.count} />
    case 'notice':
      return <NoticeRow item={row.item} conversation={id} name={name} onExplain={onExplain} />
    case 'message':
      return (
        <MessageRow
          item={row.item}
          first={row.first}
          last={row.last}
          author={row.item.outgoing ? t`You` : name}
          tabIndex={row.item.id === tabStop ? 0 : -1}
        />
      )
  }
}
