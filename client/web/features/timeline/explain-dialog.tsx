import { Trans } from '@lingui/react/macro'
import { Button, Dialog } from '../../kit/index.ts'
import type { Explained } from './notice-row.tsx'

interface ExplainDialogProps {
  readonly explained: { readonly what: Explained; readonly asked: boolean } | undefined
  readonly name: string
  readonly onClose: () => void
  /** Starts a message that asks for the missing one. */
  readonly onAsk: () => void
}

/** What an unreadable or missing message means, and the one thing to do about it. */
export function ExplainDialog({ explained, name, onClose, onAsk }: ExplainDialogProps) {
  const undecryptable = explained?.what !== 'gap'
  return (
    <Dialog
      open={explained !== undefined}
      onOpenChange={(open) => {
        if (!open) onClose()
      }}
      title={
        undecryptable ? <Trans>This message could not be decrypted</Trans> : <Trans>Messages may be missing</Trans>
      }
      description={
        undecryptable ? (
          <Trans>
            It was locked with a key that this device does not have, for example because one of you has a new device or
            restored an old one. Nobody else can read it either.
          </Trans>
        ) : (
          <Trans>
            This device was away for so long that the server no longer had everything. The server keeps messages for 30
            days, and cannot read them.
          </Trans>
        )
      }
      footer={
        <>
          <Button variant="secondary" onClick={onClose}>
            <Trans>Close</Trans>
          </Button>
          <Button onClick={onAsk}>
            <Trans>Ask to send again</Trans>
          </Button>
        </>
      }
    >
      <p className="text-muted">
        {explained?.asked === true ? (
          <Trans>
            The device of <bdi>{name}</bdi> was asked to send it again. It appears here by itself as soon as that device
            is online.
          </Trans>
        ) : (
          <Trans>
            Ask <bdi>{name}</bdi> to send again what you miss.
          </Trans>
        )}
      </p>
    </Dialog>
  )
}
