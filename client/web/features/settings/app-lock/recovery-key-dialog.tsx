import { Trans, useLingui } from '@lingui/react/macro'
import { Copy } from 'lucide-react'
import { useCallback } from 'react'
import { Banner, Button, Dialog, toast } from '../../../kit/index.ts'
import { useApi } from '../../../state/index.ts'
import { RecoveryKeyGroups } from '../../onboarding/recovery-key-groups.tsx'
import { copyText } from '../../contact/copy-text.ts'
import { Asked } from '../asked.tsx'
import { useAnswer } from '../use-answer.ts'

interface RecoveryKeyDialogProps {
  readonly open: boolean
  readonly onClose: () => void
}

/** The recovery key once more. Only as long as the dialog is open is it anywhere in the page. */
export function RecoveryKeyDialog({ open, onClose }: RecoveryKeyDialogProps) {
  return (
    <Dialog
      open={open}
      onOpenChange={(next) => {
        if (!next) onClose()
      }}
      title={<Trans>Your recovery key</Trans>}
      description={<Trans>Write it down or keep it in a password manager. Show it to nobody.</Trans>}
      footer={
        <Button onClick={onClose}>
          <Trans>Done</Trans>
        </Button>
      }
    >
      <RecoveryKey />
    </Dialog>
  )
}

function RecoveryKey() {
  const { t } = useLingui()
  const api = useApi()
  const { answer, again } = useAnswer(useCallback(() => api.recoveryKey(), [api]))
  const copy = async (key: string) => {
    if (await copyText(key)) toast(t`Recovery key copied`, { tone: 'success' })
    else toast(t`The browser did not allow copying. Write it down.`, { tone: 'danger' })
  }
  return (
    <Asked answer={answer} again={again}>
      {(key) => (
        <div className="flex flex-col gap-4">
          <RecoveryKeyGroups recoveryKey={key} />
          <Button
            variant="secondary"
            className="self-center"
            icon={<Copy aria-hidden className="size-5" />}
            onClick={() => void copy(key)}
          >
            <Trans>Copy</Trans>
          </Button>
          <Banner tone="warning">
            <Trans>Whoever has this key and this device can read everything on it.</Trans>
          </Banner>
        </div>
      )}
    </Asked>
  )
}
