import { Trans, useLingui } from '@lingui/react/macro'
import { Link } from '@tanstack/react-router'
import { Archive, ArrowLeft, MessageCirclePlus, MessageCircleQuestion, Search, SearchX, X } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { EmptyState, IconButton, Skeleton, TextField } from '../../kit/index.ts'
import { useConversations, useConversationsLoaded } from '../../state/index.ts'
import { ListHeader } from './list-header.tsx'
import { VirtualRows } from './virtual-rows.tsx'

const LINK_BUTTON =
  'inline-flex min-h-10 items-center justify-center rounded-control bg-accent px-4 font-medium text-on-accent hover:bg-accent-strong wide:hidden'

function Loading() {
  const { t } = useLingui()
  return (
    <div aria-busy aria-label={t`Loading conversations`} role="group" className="flex flex-col gap-1 px-2">
      {Array.from({ length: 8 }, (_, index) => (
        <div key={index} className="flex h-17 items-center gap-3 px-2.5">
          <Skeleton className="size-11 rounded-full" />
          <div className="flex flex-1 flex-col gap-2">
            <Skeleton className="h-4 w-2/5" />
            <Skeleton className="h-3.5 w-4/5" />
          </div>
        </div>
      ))}
    </div>
  )
}

function Nothing({ search, archived }: { search: string; archived: boolean }) {
  if (search !== '') {
    return (
      <EmptyState icon={<SearchX />} title={<Trans>Nobody found</Trans>}>
        <Trans>No conversation has this name. To write to somebody new, use their username.</Trans>
      </EmptyState>
    )
  }
  if (archived) {
    return (
      <EmptyState icon={<Archive />} title={<Trans>The archive is empty</Trans>}>
        <Trans>Archive a conversation from its menu to keep it out of the way.</Trans>
      </EmptyState>
    )
  }
  return (
    <EmptyState
      icon={<MessageCirclePlus />}
      title={<Trans>No conversations yet</Trans>}
      action={
        <Link to="/new" className={LINK_BUTTON}>
          <Trans>Start a conversation</Trans>
        </Link>
      }
    >
      <span className="wide:hidden">
        <Trans>Find somebody by their username, or send them your link.</Trans>
      </span>
      <span className="max-wide:hidden">
        <Trans>Whoever you write to, or hear from, stands here.</Trans>
      </span>
    </EmptyState>
  )
}

/** The way to settings and to a new conversation, the search field, and the list. */
export function ConversationList() {
  const { t } = useLingui()
  const [search, setSearch] = useState('')
  const [archived, setArchived] = useState(false)
  const loaded = useConversationsLoaded()
  const [asking, setAsking] = useState(false)
  const requestRows = useConversations({ requests: true })
  // The last one is decided: the list is there again.
  useEffect(() => {
    if (requestRows.length === 0) setAsking(false)
  }, [requestRows.length])
  const requests = asking && requestRows.length > 0
  const rows = useConversations({ search, archived, requests })
  const archivedRows = useConversations({ archived: true })
  const list = useRef<HTMLDivElement>(null)
  const focusFirst = () => list.current?.querySelector<HTMLElement>('[data-conversation]')?.focus()
  const column = useRef<HTMLDivElement>(null)
  const showArchive = (shown: boolean) => {
    setArchived(shown)
    // The button goes; the one that leads back takes its place.
    requestAnimationFrame(() => column.current?.querySelector<HTMLElement>('[data-archive]')?.focus())
  }

  return (
    <div ref={column} className="flex min-h-0 flex-1 flex-col pb-[env(safe-area-inset-bottom)]">
      <ListHeader />
      <search className="px-4 pt-1 pb-2">
        <TextField
          label={t`Search conversations`}
          hideLabel
          placeholder={t`Search`}
          type="search"
          autoComplete="off"
          enterKeyHint="search"
          inputClassName="[&::-webkit-search-cancel-button]:hidden"
          lead={<Search aria-hidden />}
          value={search}
          onChange={(event) => setSearch(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === 'Escape') setSearch('')
            if (event.key === 'ArrowDown' || (event.key === 'Enter' && search !== '')) {
              event.preventDefault()
              focusFirst()
            }
          }}
          trail={
            search === '' ? null : (
              <IconButton label={t`Clear the search`} className="-me-2 size-8" onClick={() => setSearch('')}>
                <X />
              </IconButton>
            )
          }
        />
      </search>
      {!archived && search === '' && requestRows.length > 0 ? (
        <button
          type="button"
          aria-pressed={requests}
          onClick={() => setAsking(!requests)}
          className="mx-2 mb-1 flex min-h-10 items-center gap-3 rounded-control px-3 text-start font-medium hover:bg-hover"
        >
          {requests ? (
            <ArrowLeft aria-hidden className="size-5 rtl:-scale-x-100" />
          ) : (
            <MessageCircleQuestion aria-hidden className="size-5" />
          )}
          <span className="flex-1">
            <Trans>Message requests</Trans>
          </span>
          <span className="text-meta">{requestRows.length}</span>
        </button>
      ) : null}
      {archived && search === '' ? (
        <button
          type="button"
          data-archive
          onClick={() => showArchive(false)}
          className="mx-2 mb-1 flex min-h-10 items-center gap-3 rounded-control px-3 text-start font-medium hover:bg-hover"
        >
          <ArrowLeft aria-hidden className="size-5 rtl:-scale-x-100" />
          <Trans>Archived conversations</Trans>
        </button>
      ) : null}
      {!loaded ? (
        <Loading />
      ) : rows.length === 0 ? (
        <div className="flex min-h-0 flex-1 overflow-y-auto">
          <Nothing search={search.trim()} archived={archived} />
        </div>
      ) : (
        <VirtualRows
          ref={list}
          rows={rows}
          label={requests ? t`Message requests` : archived ? t`Archived conversations` : t`Conversations`}
        />
      )}
      {loaded && !archived && search === '' && archivedRows.length > 0 ? (
        <button
          type="button"
          data-archive
          onClick={() => showArchive(true)}
          className="mx-2 my-1 flex min-h-10 items-center gap-3 rounded-control px-3 text-start text-muted hover:bg-hover hover:text-text"
        >
          <Archive aria-hidden className="size-5" />
          <span className="flex-1">
            <Trans>Archived</Trans>
          </span>
          <span className="text-meta">{archivedRows.length}</span>
        </button>
      ) : null}
    </div>
  )
}
