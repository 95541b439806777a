import { Trans } from '@lingui/react/macro'
import type { ConversationRow, GroupView } from '../../engine/api.ts'
import { Button, Dialog } from '../../kit/index.ts'
import { useApi } from '../../state/index.ts'
import { useCommand, useFailureText } from '../settings/failure.ts'
import type { MessageItem } from '../timeline/rows.ts'
import { mayDeleteForEveryone } from './may.ts'
import { useMarks } from './use-marks.ts'

interface DeleteDialogProps {
  readonly item: MessageItem
  readonly conversation: string
  readonly row: ConversationRow | undefined
  readonly group: GroupView | undefined
  readonly onClose: () => void
}

/** Asks for whom a message is deleted. */
export function DeleteDialog({ item, conversation, row, group, onClose }: DeleteDialogProps) {
  const api = useApi()
  const { of } = useMarks(conversation)
  const failureText = useFailureText()
  const { busy, failure, run } = useCommand()
  const isForAll = mayDeleteForEveryone(item, row, group)
  const remove = async (isForEveryone: boolean) => {
    if (await run(() => api.deleteMessage(conversation, of(item), isForEveryone))) onClose()
  }
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={<Trans>Delete this message?</Trans>}
      description={
        isForAll ? (
          <Trans>
            For everyone: the apps of all others are asked to delete it too, and show that there was a message. Whoever
            has read or copied it keeps what they know.
          </Trans>
        ) : (
          <Trans>It is deleted from your devices. Others keep it.</Trans>
        )
      }
      footer={
        <>
          <Button variant="secondary" onClick={onClose}>
            <Trans>Cancel</Trans>
          </Button>
          <Button variant={isForAll ? 'secondary' : 'danger'} busy={busy} onClick={() => void remove(false)}>
            <Trans>Delete for me</Trans>
          </Button>
          {isForAll ? (
            <Button variant="danger" busy={busy} onClick={() => void remove(true)}>
              <Trans>Delete for everyone</Trans>
            </Button>
          ) : null}
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
