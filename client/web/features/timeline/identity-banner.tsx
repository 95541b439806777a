import { Trans } from '@lingui/react/macro'
import { Link } from '@tanstack/react-router'
import { ShieldAlert } from 'lucide-react'
import { Suspense, lazy, useState } from 'react'
import { Banner, Button } from '../../kit/index.ts'

const KeyChangeDialog = lazy(async () => ({
  default: (await import('../contact/key-change-dialog.tsx')).KeyChangeDialog,
}))

/** Stands over the composer while nothing is sent, because the contact came with another identity key. */
export function IdentityBanner({ id, name }: { id: string; name: string }) {
  const [open, setOpen] = useState(false)
  return (
    <Banner
      tone="warning"
      icon={<ShieldAlert aria-hidden />}
      className="mx-3 mt-2 shrink-0"
      title={<Trans>Nothing is sent for now</Trans>}
      action={
        <span className="flex flex-wrap gap-2">
          <Link
            to="/c/$id/safety"
            params={{ id }}
            className="inline-flex min-h-8 items-center rounded-control bg-accent px-3 text-meta font-medium text-on-accent hover:bg-accent-strong"
          >
            <Trans>Compare safety numbers</Trans>
          </Link>
          <Button size="small" variant="secondary" onClick={() => setOpen(true)}>
            <Trans>Decide…</Trans>
          </Button>
          {/* A contact that was verified is not accepted without an acknowledgement: the dialog asks for it. */}
          {open && (
            <Suspense>
              <KeyChangeDialog id={id} open onOpenChange={setOpen} />
            </Suspense>
          )}
        </span>
      }
    >
      <Trans>
        The safety number with <bdi>{name}</bdi> changed. That happens with a new device, or when somebody else poses as
        them.
      </Trans>
    </Banner>
  )
}
