import { Trans } from '@lingui/react/macro'
import { Link } from '@tanstack/react-router'
import { ChevronRight, ShieldCheck } from 'lucide-react'

interface SafetyLinkProps {
  readonly id: string
  readonly verified: boolean
  readonly identityChanged: boolean
}

/** The way to the safety number, with where it stands. */
export function SafetyLink({ id, verified, identityChanged }: SafetyLinkProps) {
  return (
    <Link
      to="/c/$id/safety"
      params={{ id }}
      className="flex min-h-14 items-center gap-3 rounded-card border border-line bg-surface px-4 py-3 text-text no-underline hover:bg-hover"
    >
      <ShieldCheck aria-hidden className="size-6 shrink-0 text-accent" />
      <span className="min-w-0 flex-1">
        <span className="block font-medium">
          <Trans>Safety number</Trans>
        </span>
        <span className="block text-meta text-muted">
          {identityChanged ? (
            <Trans>Changed: compare it again</Trans>
          ) : verified ? (
            <Trans>Compared, and the same on both sides</Trans>
          ) : (
            <Trans>Compare it to be sure that nobody is in between</Trans>
          )}
        </span>
      </span>
      <ChevronRight aria-hidden className="size-5 shrink-0 text-muted rtl:-scale-x-100" />
    </Link>
  )
}
