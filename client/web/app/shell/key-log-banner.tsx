import { Trans, useLingui } from '@lingui/react/macro'
import { Suspense, lazy, useEffect, useState } from 'react'
import type { KeyLogAlarm } from '#sdk/index.ts'
import { Banner, Button } from '../../kit/index.ts'
import { useConnection, usePhase } from '../../state/index.ts'
import { announce } from '../announcer.tsx'

const KeyLogDialog = lazy(() => import('../../features/settings/key-log-dialog.tsx'))

/** That the public record of keys is not what it has to be, and what that stops. */
export function KeyLogBanner() {
  const { t } = useLingui()
  const { phase } = usePhase()
  const { keyLogAlarms = [], unproven = 0, state } = useConnection()
  // What stops everybody says most.
  const alarm = keyLogAlarms.find(({ reach }) => reach === 'everybody') ?? keyLogAlarms[0]
  const isShown = phase === 'ready' && alarm !== undefined
  useEffect(() => {
    if (isShown) announce(t`Messages are held back: the record of keys is not right.`)
  }, [isShown, t])
  const [deciding, setDeciding] = useState(false)
  if (phase === 'ready' && alarm === undefined && unproven > 0 && state === 'online') return <Unproven />
  if (!isShown) return null
  return (
    <aside>
      <Banner
        tone={alarm.reach === 'nobody' ? 'warning' : 'danger'}
        className="m-2 mb-0"
        title={
          alarm.failure === 'ownListUnlogged' ? (
            <Trans>You may not be reachable</Trans>
          ) : alarm.reach === 'nobody' ? (
            <Trans>The public record of keys is incomplete</Trans>
          ) : (
            <Trans>Messages are held back</Trans>
          )
        }
        action={
          // What only tells ends by itself.
          alarm.failure === 'ownListUnlogged' ? null : (
            <Button variant="secondary" onClick={() => setDeciding(true)}>
              <Trans>Go on all the same…</Trans>
            </Button>
          )
        }
      >
        <Explained {...alarm} />
      </Banner>
      {deciding ? (
        <Suspense fallback={null}>
          <KeyLogDialog alarm={alarm} onClose={() => setDeciding(false)} />
        </Suspense>
      ) : null}
    </aside>
  )
}

function Unproven() {
  return (
    <aside>
      <Banner tone="warning" className="m-2 mb-0" title={<Trans>Some messages wait for a proof</Trans>}>
        <Trans>
          The public record does not prove yet which keys the people you wrote to have. Your messages are sent as soon
          as it does.
        </Trans>
      </Banner>
    </aside>
  )
}

function Explained({ failure, reach }: KeyLogAlarm) {
  if (failure === 'logGone' || failure === 'logKeyChanged') {
    return (
      <Trans>
        This relay kept a public record of everybody’s keys, and does not show it any more. Without it nobody can tell
        whether a key was swapped, so nothing is sent.
      </Trans>
    )
  }
  if (failure === 'ownListForged') {
    return (
      <Trans>
        The public record of keys has devices in your name that you did not add. Somebody may be posing as you. Nothing
        is sent; tell your contacts in another way.
      </Trans>
    )
  }
  if (reach === 'everybody') {
    return (
      <Trans>
        The public record of keys contradicts itself: it may be showing different people different keys. Nothing is
        sent, so that nobody can read along. The proof is kept on this device.
      </Trans>
    )
  }
  if (reach === 'account') {
    return (
      <Trans>
        The keys of a contact are not those in the public record. Somebody may stand between you. Nothing is sent to
        that contact, or to groups with that contact. All others are not affected.
      </Trans>
    )
  }
  if (reach === 'groups') {
    return (
      <Trans>
        A device is in a group of yours that the public record does not show for the person it claims to be of. Somebody
        may be listening there. Nothing is sent to groups with that person. Ask them which devices they have; who may
        remove members can remove this one.
      </Trans>
    )
  }
  if (failure === 'headUnproven') {
    return (
      <Trans>
        Somebody was shown a state of the public record of keys that cannot be found in it since yesterday. Messages are
        sent all the same. If this stays, compare safety numbers with the people who matter.
      </Trans>
    )
  }
  return (
    <Trans>
      Your newest list of devices is missing in the public record of keys. Until it is there, others may not be able to
      write to you.
    </Trans>
  )
}
