import { Trans, useLingui } from '@lingui/react/macro'
import { Link } from '@tanstack/react-router'
import { ShieldAlert } from 'lucide-react'
import { useState } from 'react'
import { Banner, Button, toast } from '../../kit/index.ts'
import { useApi } from '../../state/index.ts'

/** Stands over the composer while nothing is sent, because the contact came with another identity key. */
export function IdentityBanner({ id, name }: { id: string; name: string }) {
  const { t } = useLingui()
  const api = useApi()
  const [busy, setBusy] = useState(false)
  const accept = async () => {
    setBusy(true)
    try {
      await api.acceptIdentity(id)
    } catch {
      toast(t`That did not work. Please try again.`, { tone: 'danger' })
    } finally {
      setBusy(false)
    }
  }
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
          <Button size="small" variant="secondary" busy={busy} onClick={() => void accept()}>
            <Trans>Accept and send</Trans>
          </Button>
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
