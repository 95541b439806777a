import { Trans } from '@lingui/react/macro'
import { useApi } from '../../state/index.ts'
import { ConfirmDialog } from '../groups/confirm-dialog.tsx'

interface DecisionDialogProps {
  readonly id: string
  readonly name: string
  readonly decision: 'deleted' | 'blocked'
  readonly onDone?: () => void
  readonly onClose: () => void
}

/** Asks before a request is deleted, or somebody is blocked. Mounted when open. */
export function DecisionDialog({ id, name, decision, onDone, onClose }: DecisionDialogProps) {
  const api = useApi()
  const isBlock = decision === 'blocked'
  return (
    <ConfirmDialog
      title={
        isBlock ? (
          <Trans>
            Block <bdi>{name}</bdi>?
          </Trans>
        ) : (
          <Trans>Delete this request?</Trans>
        )
      }
      description={
        isBlock ? (
          <Trans>
            You will not see what they send you, and they are not told. Your other contacts are given a new key to write
            to you with.
          </Trans>
        ) : (
          <Trans>What they wrote is deleted from your devices. They can write to you again.</Trans>
        )
      }
      confirm={isBlock ? <Trans>Block</Trans> : <Trans>Delete</Trans>}
      danger
      command={() => api.decide(id, decision)}
      onDone={() => onDone?.()}
      onClose={onClose}
    />
  )
}
