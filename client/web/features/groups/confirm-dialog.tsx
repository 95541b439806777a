import { Trans } from '@lingui/react/macro'
import type { ReactNode } from 'react'
import { Button, Dialog } from '../../kit/index.ts'
import { useCommand, useFailureText } from '../settings/failure.ts'

interface ConfirmDialogProps {
  readonly title: ReactNode
  /** What it means. */
  readonly description: ReactNode
  /** The word on the button that does it. */
  readonly confirm: ReactNode
  readonly danger?: boolean
  readonly disabled?: boolean
  readonly command: () => Promise<unknown>
  readonly onDone: () => void
  readonly onClose: () => void
  readonly children?: ReactNode
}

/** Asks before something is done that others notice; stays open while it is done, and says why it failed. Mounted when open. */
export function ConfirmDialog({
  title,
  description,
  confirm,
  danger = false,
  disabled = false,
  ...rest
}: ConfirmDialogProps) {
  const { command, onDone, onClose, children } = rest
  const failureText = useFailureText()
  const { busy, failure, run } = useCommand()
  const act = async () => {
    if (!(await run(command))) return
    onDone()
    onClose()
  }
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={title}
      description={description}
      footer={
        <>
          <Button variant="secondary" onClick={onClose}>
            <Trans>Cancel</Trans>
          </Button>
          <Button variant={danger ? 'danger' : 'primary'} busy={busy} disabled={disabled} onClick={() => void act()}>
            {confirm}
          </Button>
        </>
      }
    >
      {children}
      {failure === undefined ? null : (
        <p role="alert" className="mt-3 text-danger">
          {failureText(failure)}
        </p>
      )}
    </Dialog>
  )
}
