import { Trans, useLingui } from '@lingui/react/macro'
import { Link, useParams } from '@tanstack/react-router'
import { MessageCircleQuestion } from 'lucide-react'
import { Suspense, lazy, useCallback, useEffect, useRef, useState } from 'react'
import { PaneLoading } from '../../app/shell/pane-loading.tsx'
import { EmptyState } from '../../kit/index.ts'
import { lastOwnText, useJumpTo, useConversation, useConversationsLoaded, usePhase } from '../../state/index.ts'
import { Composer, type ComposerHandle } from '../composer/composer.tsx'
import type { WritingMode } from '../composer/writing-mode.ts'
import { ContactBar } from '../contact/contact-bar.tsx'
import { useDisplayName } from '../conversations/display-name.ts'
import { GroupBar } from '../groups/group-bar.tsx'
import { useGroup } from '../groups/use-group.ts'
import { DropZone } from '../media/drop-zone.tsx'
import { closeLightbox, useLightbox } from '../media/lightbox-state.ts'
import { mayEdit } from '../marks/may.ts'
import type { Overlay } from '../marks/overlay.ts'
import { PinnedBar } from '../marks/pinned-bar.tsx'
import { ConversationHeader } from './conversation-header.tsx'
import { ExplainDialog } from './explain-dialog.tsx'
import { IdentityBanner } from './identity-banner.tsx'
import type { Explained } from './notice-row.tsx'
import type { EventItem, MessageItem } from './rows.ts'
import { Timeline } from './timeline.tsx'

const Lightbox = lazy(() => import('../media/lightbox.tsx'))
const Overlays = lazy(() => import('../marks/overlays.tsx'))
const ReadersDialog = lazy(() => import('../groups/readers-dialog.tsx'))
const ExplainEventDialog = lazy(() => import('../groups/explain-event-dialog.tsx'))

/** `/c/$id`: a conversation. */
export function ConversationScreen() {
  const { id } = useParams({ from: '/chats/c/$id' })
  const known = useConversation(id) !== undefined
  const loaded = useConversationsLoaded()
  if (loaded && !known) {
    return (
      <EmptyState
        icon={<MessageCircleQuestion />}
        isPage
        title={<Trans>There is no such conversation here</Trans>}
        action={
          <Link to="/new" className="font-semibold text-link underline underline-offset-2">
            <Trans>Start a conversation</Trans>
          </Link>
        }
      >
        <Trans>It may be on another device of yours.</Trans>
      </EmptyState>
    )
  }
  if (!known) return <PaneLoading />
  // Another conversation is another timeline and another composer.
  return <OpenConversation key={id} id={id} />
}

function OpenConversation({ id }: { id: string }) {
  const { t } = useLingui()
  const row = useConversation(id)
  const { phase } = usePhase()
  const name = useDisplayName(row)
  const composer = useRef<ComposerHandle>(null)
  const group = useGroup(row?.group === undefined ? undefined : id)
  const [readersOf, setReadersOf] = useState<MessageItem>()
  const [overlay, setOverlay] = useState<Overlay>()
  const [mode, setMode] = useState<WritingMode>()
  const [jump, setJump] = useState<{ readonly order: number }>()
  const onJump = useCallback((order: number) => setJump({ order }), [])
  useJumpTo(id, onJump)
  const focusSoon = () => setTimeout(() => composer.current?.focus())
  const [event, setEvent] = useState<EventItem>()
  const { place: looked } = useLightbox()
  useEffect(() => closeLightbox, [])
  const [explained, setExplained] = useState<{ readonly what: Explained; readonly asked: boolean }>()
  return (
    <DropZone
      className="relative flex h-full min-h-0 min-w-0 flex-1 flex-col bg-background"
      onFiles={(files) => composer.current?.attach(files)}
    >
      <ConversationHeader id={id} row={row} name={name} />
      {row === undefined ? null : <PinnedBar id={id} row={row} onJump={onJump} />}
      <Timeline
        id={id}
        row={row}
        name={name}
        onExplain={(what, asked) => setExplained({ what, asked })}
        onExplainEvent={setEvent}
        actions={{
          onReply: (item) => {
            setMode({ mode: 'reply', item })
            // After the menu has given the focus back.
            focusSoon()
          },
          onEdit: (item) => setMode({ mode: 'edit', item }),
          onOverlay: setOverlay,
          onReaders: setReadersOf,
        }}
        jump={jump}
        onJump={onJump}
        onJumped={() => composer.current?.focus()}
      />
      {row?.identityChanged === true ? <IdentityBanner id={id} name={name} /> : null}
      {phase === 'revoked' ? (
        <p className="border-t border-line bg-surface px-4 py-3 text-center text-muted">
          <Trans>This device was removed from your account: you can read here, but not write.</Trans>
        </p>
      ) : row?.group !== undefined && row.group.stage !== 'joined' ? (
        <GroupBar id={id} stage={row.group.stage} group={group} />
      ) : row?.request === true || row?.blocked === true ? (
        <ContactBar row={row} name={name} />
      ) : (
        <Composer
          // What is edited is another text than the draft.
          key={mode?.mode === 'edit' ? mode.item.id : ''}
          ref={composer}
          id={id}
          row={row}
          name={name}
          group={group}
          mode={mode}
          onModeEnd={() => setMode(undefined)}
          onEditLast={() => {
            const item = lastOwnText(id)
            if (item === undefined || !mayEdit(item, row)) return false
            setMode({ mode: 'edit', item })
            return true
          }}
        />
      )}
      <Suspense>
        {readersOf === undefined ? null : (
          <ReadersDialog conversation={id} item={readersOf} onClose={() => setReadersOf(undefined)} />
        )}
        {looked?.conversation === id ? <Lightbox place={looked} /> : null}
        {overlay === undefined ? null : (
          <Overlays overlay={overlay} conversation={id} row={row} group={group} onClose={() => setOverlay(undefined)} />
        )}
        {event === undefined ? null : <ExplainEventDialog item={event} onClose={() => setEvent(undefined)} />}
      </Suspense>
      <ExplainDialog
        explained={explained}
        name={name}
        onClose={() => setExplained(undefined)}
        onAsk={() => {
          setExplained(undefined)
          composer.current?.suggest(t`Some of your messages did not arrive. Could you send them again?`)
        }}
      />
    </DropZone>
  )
}
