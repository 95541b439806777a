import { Plural, Trans } from '@lingui/react/macro'
import { CloudOff, RotateCw } from 'lucide-react'
import { useEffect, useState } from 'react'
import { Banner, Button, Spinner } from '../../kit/index.ts'
import { type Connection, useConnection, usePhase } from '../../state/index.ts'
import { announce } from '../announcer.tsx'
import { useLingui } from '@lingui/react/macro'

/** A connection that is back within this time is not worth a word. Milliseconds. */
const PATIENCE_MS = 1_200

/** Whether messages go out, and how many wait, when they do not. */
export function ConnectionBanner() {
  const { t } = useLingui()
  const { phase } = usePhase()
  const connection = useConnection()
  const down = phase === 'ready' && connection.state !== 'online'
  const [shown, setShown] = useState(false)
  useEffect(() => {
    if (!down) {
      setShown(false)
      return
    }
    const timer = setTimeout(() => setShown(true), PATIENCE_MS)
    return () => clearTimeout(timer)
  }, [down])
  useEffect(() => {
    if (!shown) return
    announce(t`Not connected. What you write is sent later.`)
    return () => announce(t`Connected.`)
  }, [shown, t])
  if (!shown || !down) return null
  return <aside>{connection.state === 'stopped' ? <Stopped {...connection} /> : <Waiting {...connection} />}</aside>
}

function Queued({ queued }: { queued: number }) {
  if (queued === 0) return <Trans>You can read and write; what you write is sent later.</Trans>
  return (
    <Plural
      value={queued}
      one="# message waits and is sent when you are back."
      other="# messages wait and are sent when you are back."
    />
  )
}

function Waiting({ state, queued }: Connection) {
  return (
    <Banner
      tone="warning"
      className="m-2 mb-0 py-1.5"
      icon={state === 'connecting' ? <Spinner /> : <CloudOff aria-hidden />}
      title={state === 'connecting' ? <Trans>Connecting…</Trans> : <Trans>You are offline</Trans>}
    >
      <Queued queued={queued} />
    </Banner>
  )
}

function Stopped({ queued, stopped }: Connection) {
  return (
    <Banner
      tone="danger"
      className="m-2 mb-0"
      title={<Trans>Disconnected</Trans>}
      action={
        <Button
          variant="secondary"
          size="small"
          icon={<RotateCw aria-hidden className="size-4" />}
          onClick={() => location.reload()}
        >
          <Trans>Reload</Trans>
        </Button>
      }
    >
      {stopped === 'unsupportedVersion' ? (
        <Trans>This version is too old for the relay. Reload to get the newest.</Trans>
      ) : stopped === 'replaced' ? (
        <Trans>This account is in use somewhere else with the same keys. Reload to go on here.</Trans>
      ) : (
        <Trans>The relay has ended the connection. Reload to try again.</Trans>
      )}{' '}
      {queued > 0 ? <Queued queued={queued} /> : null}
    </Banner>
  )
}
