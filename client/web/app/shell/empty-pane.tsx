import { Trans } from '@lingui/react/macro'
import { Link } from '@tanstack/react-router'
import { Lock } from 'lucide-react'
import { Suspense, lazy, useState } from 'react'
import { EmptyState } from '../../kit/index.ts'
import { useAllConversations, useConversationsLoaded } from '../../state/index.ts'
import { PaneLoading } from './pane-loading.tsx'
import { useWide } from './use-wide.ts'

const FirstConversation = lazy(() => import('../../features/conversations/first-conversation.tsx'))

/** Beside the list, when no conversation is open. On a phone it is not there, and its place is the list's. */
export function EmptyPane() {
  const isWide = useWide()
  const isLoaded = useConversationsLoaded()
  const isEmpty = useAllConversations().size === 0
  // Stays when somebody else writes first: a name may be half typed.
  const [isFirst, setFirst] = useState(false)
  if (isWide && isLoaded && isEmpty && !isFirst) setFirst(true)
  if (!isWide || !isLoaded) return null
  if (!isFirst) return <Pick />
  return (
    <Suspense fallback={<PaneLoading />}>
      <FirstConversation />
    </Suspense>
  )
}

function Pick() {
  return (
    <div className="grid h-full">
      <EmptyState
        icon={<Lock />}
        title={<Trans>Pick a conversation</Trans>}
        action={
          <Link
            to="/new"
            className="inline-flex min-h-10 items-center rounded-control border border-control bg-surface px-4 font-medium hover:bg-hover"
          >
            <Trans>Start a new one</Trans>
          </Link>
        }
      >
        <Trans>Only you and the person you write to can read what you say here.</Trans>
      </EmptyState>
    </div>
  )
}
