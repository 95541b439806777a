import { Trans, useLingui } from '@lingui/react/macro'
import { Button, Dialog, toast } from '../../../kit/index.ts'
import { useApi } from '../../../state/index.ts'
import { useCommand, useFailureText } from '../failure.ts'

interface UnlockForGoodDialogProps {
  readonly open: boolean
  readonly onClose: () => void
}

/** Turns the app lock off. */
export function UnlockForGoodDialog({ open, onClose }: UnlockForGoodDialogProps) {
  const { t } = useLingui()
  const api = useApi()
  const failureText = useFailureText()
  const { busy, failure, run, clear } = useCommand()
  const close = () => {
    clear()
    onClose()
  }
  const turnOff = async () => {
    if (!(await run(() => api.setAppLock({ lock: 'none' })))) return
    toast(t`App lock is off`)
    close()
  }
  return (
    <Dialog
      open={open}
      onOpenChange={(next) => {
        if (!next) close()
      }}
      title={<Trans>Turn the app lock off?</Trans>}
      description={<Trans>Whoever can use this browser can read your messages then.</Trans>}
      footer={
        <>
          <Button variant="secondary" onClick={close}>
            <Trans>Keep it on</Trans>
          </Button>
          <Button variant="danger" busy={busy} onClick={() => void turnOff()}>
            <Trans>Turn off</Trans>
          </Button>
        </>
      }
    >
      {failure === undefined ? undefined : (
        <p role="alert" className="text-danger">
          {failureText(failure)}
        </p>
      )}
    </Dialog>
  )
}
