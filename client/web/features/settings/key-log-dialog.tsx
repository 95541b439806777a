import { Trans } from '@lingui/react/macro'
import type { KeyLogAlarm } from '#sdk/index.ts'
import { Button } from '../../kit/index.ts'
import { useApi } from '../../state/index.ts'
import { ConfirmDialog } from '../groups/confirm-dialog.tsx'

interface KeyLogDialogProps {
  readonly alarm: KeyLogAlarm
  readonly onClose: () => void
}

/** Goes on in spite of an alarm about the key log; the proof of what was wrong can be kept first. */
export default function KeyLogDialog({ alarm, onClose }: KeyLogDialogProps) {
  const api = useApi()
  const save = async () => {
    const proof = new Blob([await api.keyLogEvidence()], { type: 'application/json' })
    const url = URL.createObjectURL(proof)
    const link = document.createElement('a')
    link.href = url
    link.download = 'silentrelay-key-record.json'
    link.click()
    URL.revokeObjectURL(url)
  }
  return (
    <ConfirmDialog
      title={<Trans>Go on all the same?</Trans>}
      description={
        <Trans>
          Messages are sent again as soon as this relay shows keys with a proof, and that proof is believed as on the
          first day. If somebody stands between you and the people you write to, they can then read what you write. Do
          this only when you know why it happened, for example because the relay was set up anew.
        </Trans>
      }
      confirm={<Trans>Go on</Trans>}
      danger
      command={() => api.dismissKeyLogAlarm(alarm.account)}
      onDone={() => undefined}
      onClose={onClose}
    >
      <p className="mb-3">
        <Trans>The proof of what was wrong stays on this device. You can save it, to show it to others.</Trans>
      </p>
      <Button variant="secondary" onClick={() => void save()}>
        <Trans>Save the proof</Trans>
      </Button>
    </ConfirmDialog>
  )
}
