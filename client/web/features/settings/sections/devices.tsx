import { Trans, useLingui } from '@lingui/react/macro'
import { MonitorSmartphone } from 'lucide-react'
import { useCallback, useState } from 'react'
import type { OwnDevice } from '#sdk/index.ts'
import { Badge, Button, Dialog, toast } from '../../../kit/index.ts'
import { useApi, useDevicesVersion } from '../../../state/index.ts'
import { Card } from '../../contact/card.tsx'
import { dayOf } from '../../conversations/times.ts'
import { Asked } from '../asked.tsx'
import { useCommand, useFailureText } from '../failure.ts'
import { useAnswer } from '../use-answer.ts'

/** The devices that read and write for this account. */
export function DevicesSection() {
  const api = useApi()
  const { answer, again } = useAnswer(
    useCallback(() => api.devices(), [api]),
    useDevicesVersion(),
  )
  const [removing, setRemoving] = useState<OwnDevice>()
  return (
    <>
      <p className="text-muted">
        <Trans>Each of these reads and writes for you. Remove one that you do not know or no longer have.</Trans>
      </p>
      <Asked answer={answer} again={again}>
        {(devices) => (
          <Card>
            <ul className="flex flex-col gap-4">
              {devices
                .toSorted((a, b) => Number(b.isThis) - Number(a.isThis) || a.id - b.id)
                .map((device) => (
                  <Device key={device.id} device={device} onRemove={() => setRemoving(device)} />
                ))}
            </ul>
            {devices.length === 1 ? (
              <p className="text-meta text-muted">
                <Trans>This is your only device.</Trans>
              </p>
            ) : null}
          </Card>
        )}
      </Asked>
      <RemoveDialog device={removing} onClose={() => setRemoving(undefined)} onRemoved={again} />
    </>
  )
}

interface DeviceProps {
  readonly device: OwnDevice
  readonly onRemove: () => void
}

function Device({ device: { id, isThis, idleSince }, onRemove }: DeviceProps) {
  const { t, i18n } = useLingui()
  const since = idleSince === undefined ? undefined : dayOf(i18n.locale, idleSince)
  return (
    <li className="flex flex-wrap items-center gap-3">
      <MonitorSmartphone aria-hidden className="size-6 shrink-0 text-accent" />
      <span className="flex-1 font-medium">
        <Trans>Device {id}</Trans>
      </span>
      {isThis ? (
        <Badge tone="success">
          <Trans>This device</Trans>
        </Badge>
      ) : (
        <Button variant="secondary" size="small" aria-label={t`Remove device ${id}`} onClick={onRemove}>
          <Trans>Remove</Trans>
        </Button>
      )}
      {since === undefined ? null : (
        <p className="w-full text-meta text-muted">
          <Trans>Not in use since about {since}. If you no longer have it, remove it.</Trans>
        </p>
      )}
    </li>
  )
}

interface RemoveDialogProps {
  readonly device: OwnDevice | undefined
  readonly onClose: () => void
  readonly onRemoved: () => void
}

function RemoveDialog({ device, onClose, onRemoved }: RemoveDialogProps) {
  const { t } = useLingui()
  const api = useApi()
  const failureText = useFailureText()
  const { busy, failure, run, clear } = useCommand()
  const close = () => {
    clear()
    onClose()
  }
  const id = device?.id ?? 0
  const remove = async () => {
    if (!(await run(() => api.revokeDevice(id)))) return
    toast(t`Device ${id} was removed`, { tone: 'success' })
    onRemoved()
    close()
  }
  return (
    <Dialog
      open={device !== undefined}
      onOpenChange={(open) => {
        if (!open) close()
      }}
      title={t`Remove device ${id}?`}
      description={
        <Trans>
          It gets no more messages and cannot send any. What it has received already stays on it. To use it again, it
          has to be set up anew.
        </Trans>
      }
      footer={
        <>
          <Button variant="secondary" onClick={close}>
            <Trans>Keep it</Trans>
          </Button>
          <Button variant="danger" busy={busy} onClick={() => void remove()}>
            <Trans>Remove device</Trans>
          </Button>
        </>
      }
    >
      {failure === undefined ? null : (
        <p role="alert" className="text-danger">
          {failureText(failure)}
        </p>
      )}
    </Dialog>
  )
}
