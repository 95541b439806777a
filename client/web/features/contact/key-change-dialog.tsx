import { Trans, useLingui } from '@lingui/react/macro'
import { useNavigate } from '@tanstack/react-router'
import { useId, useState } from 'react'
import { Button, Dialog, toast } from '../../kit/index.ts'
import { useApi, useConversation } from '../../state/index.ts'
import { useCommand, useFailureText } from '../settings/failure.ts'
import { useDisplayName } from '../conversations/display-name.ts'

interface KeyChangeDialogProps {
  /** The conversation. */
  readonly id: string
  readonly open: boolean
  readonly onOpenChange: (open: boolean) => void
}

/** What a changed key means, and the choice: compare, or accept. A contact that was verified takes one step more. */
export function KeyChangeDialog({ id, open, onOpenChange }: KeyChangeDialogProps) {
  const { t } = useLingui()
  const row = useConversation(id)
  const name = useDisplayName(row)
  // While it closes the row says "unchanged" already: there is nothing to decide any more.
  if (row === undefined) return null
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title={t`The key of ${name} changed`}
      description={
        <Trans>
          Most often that means <bdi>{name}</bdi> set up SilentRelay anew. It can also mean that somebody is trying to
          read along. Your messages wait until you decide.
        </Trans>
      }
    >
      <Decision id={id} name={name} verified={row.verified} onDone={() => onOpenChange(false)} />
    </Dialog>
  )
}

interface DecisionProps {
  readonly id: string
  readonly name: string
  readonly verified: boolean
  readonly onDone: () => void
}

function Decision({ id, name, verified, onDone }: DecisionProps) {
  const { t } = useLingui()
  const api = useApi()
  const navigate = useNavigate()
  const failureText = useFailureText()
  const { busy, failure, run } = useCommand()
  const [acknowledged, setAcknowledged] = useState(false)
  const checkbox = useId()

  const compare = () => {
    onDone()
    void navigate({ to: '/c/$id/safety', params: { id } })
  }
  const accept = async () => {
    if (!(await run(() => api.acceptIdentity(id)))) return
    toast(t`New key accepted. Your messages are on their way.`)
    onDone()
  }
  return (
    <div className="flex flex-col gap-4">
      {verified ? (
        <div className="flex items-start gap-3 rounded-control bg-danger-soft p-3">
          <input
            id={checkbox}
            type="checkbox"
            checked={acknowledged}
            onChange={(event) => setAcknowledged(event.target.checked)}
            className="mt-px size-6 shrink-0 accent-accent"
          />
          <label htmlFor={checkbox}>
            <Trans>
              I had verified <bdi>{name}</bdi>. I understand that this is another key, and that accepting it removes
              “verified”.
            </Trans>
          </label>
        </div>
      ) : null}
      {failure === undefined ? null : (
        <p role="alert" className="text-danger">
          {failureText(failure)}
        </p>
      )}
      <div className="flex flex-col gap-2">
        <Button onClick={compare}>
          <Trans>Compare safety numbers</Trans>
        </Button>
        <Button variant="secondary" busy={busy} disabled={verified && !acknowledged} onClick={() => void accept()}>
          <Trans>Accept without comparing</Trans>
        </Button>
        <Button variant="ghost" onClick={onDone}>
          <Trans>Decide later</Trans>
        </Button>
      </div>
    </div>
  )
}
