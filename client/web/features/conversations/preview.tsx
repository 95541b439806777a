import { Trans } from '@lingui/react/macro'
import type { ReactNode } from 'react'
import type { ConversationRow } from '../../engine/api.ts'
import { EventText } from '../groups/event-text.tsx'
import { StageText } from '../groups/stage-text.tsx'
import { useTyping } from '../../state/index.ts'
import { ViewName } from '../media/view-name.tsx'
import { MessageStateIcon } from '../timeline/message-state.tsx'
import { isVisible } from '../timeline/text-shape.ts'
import { oneLine } from './one-line.ts'
import { TypingText } from './typing-text.tsx'

/** The second line of a row: who types, else the draft, else the last message. */
export function Preview({ row }: { row: ConversationRow }) {
  const typing = useTyping(row.id)
  const { preview, draft } = row
  if (typing.length > 0) {
    return (
      <span className="font-medium text-accent">
        <TypingText row={row} typists={typing} />
      </span>
    )
  }
  if (row.group !== undefined && row.group.stage !== 'joined') return <StageText stage={row.group.stage} />
  if (row.identityChanged) {
    return (
      <span className="text-warning">
        <Trans>Safety number changed</Trans>
      </span>
    )
  }
  if (draft !== undefined && draft.trim() !== '') {
    return (
      <Line>
        <span className="me-1 shrink-0 font-medium text-danger">
          <Trans>Draft:</Trans>
        </span>
        <Words text={draft} />
      </Line>
    )
  }
  if (preview === undefined) {
    return row.lastOrder > 0 ? <Trans>The messages have disappeared</Trans> : <Trans>No messages yet</Trans>
  }
  const hasWords = isVisible(preview.text)
  return (
    <Line>
      {preview.outgoing && preview.kind !== 'groupEvent' ? (
        <MessageStateIcon
          state={preview.state}
          className={`me-1 shrink-0 self-center ${preview.state === 'failed' ? 'text-danger' : ''}`}
        />
      ) : null}
      {preview.author === undefined ? null : (
        <span className="me-1 flex max-w-1/2 shrink-0 font-medium text-text">
          <bdi className="min-w-0 truncate">{oneLine(preview.author)}</bdi>:
        </span>
      )}
      {preview.kind === 'media' ? <ViewName view={preview.view} /> : null}
      {hasWords ? (
        <Words text={preview.text} />
      ) : preview.kind === 'media' ? null : (
        <span className="min-w-0 flex-1 truncate">
          {preview.kind === 'groupEvent' ? (
            preview.happened === undefined ? (
              <Trans>Something changed in the group</Trans>
            ) : (
              <EventText {...preview.happened} plain />
            )
          ) : preview.kind === 'deleted' ? (
            <Trans>This message was deleted.</Trans>
          ) : preview.kind === 'unknown' ? (
            <Trans>A message of a newer kind</Trans>
          ) : (
            <Trans>A message without visible text</Trans>
          )}
        </span>
      )}
    </Line>
  )
}

/** What stands before the words keeps its place, whichever direction they have. */
function Line({ children }: { children: ReactNode }) {
  return <span className="flex min-w-0">{children}</span>
}

function Words({ text }: { text: string }) {
  return <bdi className="min-w-0 flex-1 truncate text-match">{oneLine(text)}</bdi>
}
