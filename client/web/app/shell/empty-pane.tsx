import { Trans } from '@lingui/react/macro'
import { Link } from '@tanstack/react-router'
import { Lock } from 'lucide-react'
import { EmptyState } from '../../kit/index.ts'

/** Beside the list, when no conversation is open. */
export function EmptyPane() {
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
