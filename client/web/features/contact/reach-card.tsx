import { Trans } from '@lingui/react/macro'
import { Ban, EyeOff, Eye } from 'lucide-react'
import { useState } from 'react'
import type { ConversationRow } from '../../engine/api.ts'
import { Button } from '../../kit/index.ts'
import { useApi } from '../../state/index.ts'
import { useCommand, useFailureText } from '../settings/failure.ts'
import { Card } from './card.tsx'
import { DecisionDialog } from './decision-dialog.tsx'

/** Whether the relay learns who writes to whom, and how to hear no more of somebody. */
export function ReachCard({ row, name }: { readonly row: ConversationRow; readonly name: string }) {
  const api = useApi()
  const failureText = useFailureText()
  const { busy, failure, run } = useCommand()
  const [blocking, setBlocking] = useState(false)
  const isSeen = row.way === 'identified'
  return (
    <Card title={<Trans>Who sees that you write</Trans>}>
      {row.way === undefined ? null : (
        <p className="flex items-start gap-2.5 text-muted [&_svg]:mt-0.5 [&_svg]:size-5 [&_svg]:shrink-0">
          {isSeen ? <Eye aria-hidden /> : <EyeOff aria-hidden />}
          {isSeen ? (
            <Trans>
              The relay could see that your last message to them came from you: it did not take the key that they gave
              you, or they have not given you one. Once you have their new one, it cannot.
            </Trans>
          ) : (
            <Trans>The relay is not told that your messages to them come from you.</Trans>
          )}
        </p>
      )}
      {row.blocked === true ? (
        <Button
          variant="secondary"
          className="self-start"
          busy={busy}
          onClick={() => void run(() => api.decide(row.id, 'unblocked'))}
        >
          <Trans>Unblock</Trans>
        </Button>
      ) : (
        <Button
          variant="secondary"
          className="self-start text-danger!"
          icon={<Ban aria-hidden className="size-5" />}
          onClick={() => setBlocking(true)}
        >
          <Trans>Block</Trans>
        </Button>
      )}
      {failure === undefined ? null : (
        <p role="alert" className="text-danger">
          {failureText(failure)}
        </p>
      )}
      {blocking ? (
        <DecisionDialog id={row.id} name={name} decision="blocked" onClose={() => setBlocking(false)} />
      ) : null}
    </Card>
  )
}
