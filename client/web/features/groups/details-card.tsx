import { Trans } from '@lingui/react/macro'
import { ChevronRight } from 'lucide-react'
import type { GroupView } from '../../engine/api.ts'

/** What only those look at who want to know how it works. */
export function DetailsCard({ group }: { readonly group: GroupView }) {
  return (
    <details className="group rounded-card border border-line bg-surface p-4 wide:p-5">
      <summary className="flex min-h-6 list-none items-center gap-2 font-semibold [&::-webkit-details-marker]:hidden">
        <ChevronRight
          aria-hidden
          className="size-5 shrink-0 text-muted transition-transform group-open:rotate-90 rtl:-scale-x-100 rtl:group-open:-rotate-90"
        />
        <Trans>Encryption details</Trans>
      </summary>
      <dl className="mt-3 flex flex-col gap-3">
        <div>
          <dt className="font-medium">
            <Trans>Encryption</Trans>
          </dt>
          <dd className="text-muted">
            {group.suite === 83 ? (
              <Trans>MLS with X-Wing and AES-256: also safe from quantum computers (suite {group.suite})</Trans>
            ) : (
              <Trans>MLS with X25519 and AES-128 (suite {group.suite})</Trans>
            )}
          </dd>
        </div>
        <div>
          <dt className="font-medium">
            <Trans>Epoch</Trans>
          </dt>
          <dd className="text-muted">
            <Trans>{group.epoch}: the keys were changed this many times</Trans>
          </dd>
        </div>
        <div>
          <dt className="font-medium">
            <Trans>Number of the group on the server</Trans>
          </dt>
          <dd>
            <code dir="ltr" className="font-mono text-meta break-all text-muted select-all">
              {group.id}
            </code>
          </dd>
        </div>
      </dl>
    </details>
  )
}
