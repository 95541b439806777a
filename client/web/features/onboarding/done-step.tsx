import { Trans } from '@lingui/react/macro'
import type { Invitation } from '../../app/invitation.ts'
import { Button } from '../../kit/index.ts'

interface DoneStepProps {
  readonly username: string
  /** What the button leads to. */
  readonly invitation: Invitation | undefined
  readonly onDone: () => void
}

export function DoneStep({ username, invitation, onDone }: DoneStepProps) {
  const start = () => {
    // Asked on a click, because some browsers ask the user. Whatever is answered, the client works.
    void navigator.storage.persist().catch(() => false)
    onDone()
  }
  return (
    <>
      <p className="text-muted">
        <Trans>
          You are <strong className="text-text">@{username}</strong>. Tell people your username, or find them by theirs,
          and start writing.
        </Trans>
      </p>
      <p className="text-muted">
        <Trans>Everything you write is end-to-end encrypted. There is nothing to turn on.</Trans>
      </p>
      <Button size="large" onClick={start} autoFocus>
        {invitation === undefined ? (
          <Trans>Start</Trans>
        ) : invitation.to === 'group' ? (
          <Trans>Go on to the group</Trans>
        ) : invitation.username === undefined ? (
          <Trans>Go on to the conversation</Trans>
        ) : (
          <Trans>Write to @{invitation.username}</Trans>
        )}
      </Button>
    </>
  )
}
