import { Trans } from '@lingui/react/macro'
import { Button } from '../../kit/index.ts'

export function DoneStep({ username, onDone }: { username: string; onDone: () => void }) {
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
        <Trans>Start</Trans>
      </Button>
    </>
  )
}
