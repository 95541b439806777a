import { Trans, useLingui } from '@lingui/react/macro'
import { Link } from '@tanstack/react-router'
import { MonitorSmartphone } from 'lucide-react'
import { useEffect } from 'react'
import { Banner, Button } from '../../kit/index.ts'
import { useApi, useConnection, usePhase } from '../../state/index.ts'
import { announce } from '../announcer.tsx'

/** A device came to the own account: it reads everything from now on. */
export function NewDeviceBanner() {
  const { t } = useLingui()
  const api = useApi()
  const { phase } = usePhase()
  const { newDevices = [] } = useConnection()
  const isShown = phase === 'ready' && newDevices.length > 0
  useEffect(() => {
    if (isShown) announce(t`A device was added to your account.`)
  }, [isShown, t])
  if (!isShown) return null
  const names = newDevices.map((id) => t`Device ${id}`).join(', ')
  return (
    <aside>
      <Banner
        tone="warning"
        icon={<MonitorSmartphone aria-hidden />}
        className="m-2 mb-0"
        title={<Trans>A device was added to your account</Trans>}
        action={
          <span className="flex flex-wrap gap-2">
            <Link
              to="/settings/{-$section}"
              params={{ section: 'devices' }}
              className="inline-flex min-h-10 items-center rounded-control bg-accent px-4 font-medium text-on-accent hover:bg-accent-strong"
            >
              <Trans>Look at it</Trans>
            </Link>
            <Button variant="secondary" onClick={() => void api.acknowledgeDevices().catch(() => undefined)}>
              <Trans>I added it</Trans>
            </Button>
          </span>
        }
      >
        <Trans>
          {names}: it reads and writes for you from now on. If you did not add it yourself, remove it, and tell your
          contacts.
        </Trans>
      </Banner>
    </aside>
  )
}
