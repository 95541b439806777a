import { Trans, useLingui } from '@lingui/react/macro'
import { Link, Navigate, useNavigate, useParams } from '@tanstack/react-router'
import { MessageCircle, ShieldCheck, ShieldQuestion, UserX } from 'lucide-react'
import { Suspense, lazy, useState } from 'react'
import type { ConversationRow } from '../../engine/api.ts'
import { Avatar, Badge, Banner, Button, EmptyState, Skeleton } from '../../kit/index.ts'
import { useConversation, useConversationsLoaded } from '../../state/index.ts'
import { Card } from './card.tsx'
import { ContactActions } from './contact-actions.tsx'
import { useDisplayName } from '../conversations/display-name.ts'
import { KeyChangeDialog } from './key-change-dialog.tsx'
import { useBack } from './use-back.ts'
import { Pane } from './pane.tsx'
import { ReachCard } from './reach-card.tsx'
import { SafetyLink } from './safety-link.tsx'
import { TimerCard } from './timer-card.tsx'

const TrustCard = lazy(() => import('./trust/trust-card.tsx'))

/** Who a conversation is with: what they say of themselves, what you know of their key, what you can do. */
export function ContactScreen() {
  const { id } = useParams({ from: '/chats/c/$id/contact' })
  const row = useConversation(id)
  const loaded = useConversationsLoaded()
  const navigate = useNavigate()
  const back = useBack(() => void navigate({ to: '/c/$id', params: { id } }))
  if (row?.group !== undefined) return <Navigate to="/c/$id/group" params={{ id }} replace />
  return (
    <Pane title={<Trans>Contact</Trans>} onBack={back}>
      {row !== undefined ? (
        <Contact key={id} row={row} />
      ) : loaded ? (
        <EmptyState icon={<UserX />} title={<Trans>There is no such conversation</Trans>}>
          <Trans>It may have been opened by an old link.</Trans>
        </EmptyState>
      ) : (
        <Loading />
      )}
    </Pane>
  )
}

function Contact({ row }: { readonly row: ConversationRow }) {
  const { t } = useLingui()
  const name = useDisplayName(row)
  const [deciding, setDeciding] = useState(false)
  return (
    <>
      <div className="flex flex-col items-center gap-2 text-center">
        <Avatar id={row.id} name={row.name ?? row.username} size="large" />
        <h2 dir="auto" className="line-clamp-3 max-w-full text-title font-semibold wrap-anywhere">
          <bdi>{name}</bdi>
        </h2>
        {row.username === undefined ? null : (
          <p className="text-muted wrap-anywhere">
            <bdi>@{row.username}</bdi>
          </p>
        )}
        {row.verified ? (
          <Badge tone="success" icon={<ShieldCheck aria-hidden />} className="min-h-7 px-3">
            <Trans>Verified by you</Trans>
          </Badge>
        ) : (
          <Badge tone="muted" icon={<ShieldQuestion aria-hidden />} className="min-h-7 px-3">
            <Trans>Not verified</Trans>
          </Badge>
        )}
        {row.name === undefined ? null : (
          <p className="max-w-sm text-meta text-muted">
            <Trans>They chose this name themselves; nobody checks it.</Trans>
          </p>
        )}
        <MessageLink id={row.id} />
      </div>

      {row.identityChanged ? (
        <Banner
          tone="warning"
          title={t`The key of ${name} changed`}
          action={
            <Button size="small" onClick={() => setDeciding(true)}>
              <Trans>Review</Trans>
            </Button>
          }
        >
          <Trans>Your messages wait until you have compared it or accept it.</Trans>
        </Banner>
      ) : null}
      <KeyChangeDialog id={row.id} open={deciding && row.identityChanged} onOpenChange={setDeciding} />

      <SafetyLink id={row.id} verified={row.verified} identityChanged={row.identityChanged} />
      <Suspense fallback={<Skeleton className="h-60 w-full rounded-card" />}>
        <TrustCard id={row.id} name={name} />
      </Suspense>
      <ContactActions row={row} />
      <TimerCard row={row} name={name} />
      <ReachCard row={row} name={name} />
      <Card title={<Trans>Account</Trans>}>
        <p className="text-meta text-muted">
          <Trans>Its number on the relay. It never changes, also when the name or username does.</Trans>
        </p>
        <code dir="ltr" className="font-mono text-meta break-all select-all">
          {row.id}
        </code>
      </Card>
    </>
  )
}

/** To the conversation: one may have come from a group. */
function MessageLink({ id }: { readonly id: string }) {
  return (
    <Link
      to="/c/$id"
      params={{ id }}
      className="inline-flex min-h-10 items-center justify-center gap-2 self-center rounded-control bg-accent px-4 font-medium text-on-accent hover:bg-accent-strong"
    >
      <MessageCircle aria-hidden className="size-5" />
      <Trans>Message</Trans>
    </Link>
  )
}

function Loading() {
  const { t } = useLingui()
  return (
    <div role="status" aria-label={t`Loading`} className="flex flex-col items-center gap-4">
      <Skeleton className="size-20 rounded-full" />
      <Skeleton className="h-7 w-48" />
      <Skeleton className="h-40 w-full" />
    </div>
  )
}
