import { Trans } from '@lingui/react/macro'
import { Link } from '@tanstack/react-router'
import { Compass } from 'lucide-react'
import { EmptyState } from '../../kit/index.ts'

export function NotFound() {
  return (
    <main id="pane" data-section tabIndex={-1} className="grid h-full">
      <EmptyState
        icon={<Compass />}
        isPage
        title={<Trans>There is nothing here</Trans>}
        action={
          <Link to="/" className="font-medium text-link underline">
            <Trans>Go to your conversations</Trans>
          </Link>
        }
      >
        <Trans>The address may be mistyped, or from another version.</Trans>
      </EmptyState>
    </main>
  )
}
