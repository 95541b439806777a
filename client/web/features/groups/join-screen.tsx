import { Trans, useLingui } from '@lingui/react/macro'
import { Link, Navigate, useNavigate, useParams } from '@tanstack/react-router'
import { Link2Off } from 'lucide-react'
import { useEffect, useSyncExternalStore } from 'react'
import { forgetSecret, onSecret, secretOf } from '../../app/join-secret.ts'
import { EmptyState, toast } from '../../kit/index.ts'
import { useApi, useConversation } from '../../state/index.ts'
import { ConfirmDialog } from './confirm-dialog.tsx'

/** `/j/$group`: an invite link that was opened, or pasted. */
export function JoinScreen() {
  const { t } = useLingui()
  const { group } = useParams({ from: '/chats/j/$group' })
  const secret = useSyncExternalStore(onSecret, () => secretOf(group))
  const stage = useConversation(group)?.group?.stage
  const api = useApi()
  const navigate = useNavigate()

  const isIn = stage === 'joined' || stage === 'joining'
  useEffect(() => {
    if (isIn) forgetSecret(group)
  }, [isIn, group])

  // Joined already: the link is the way there.
  if (isIn) return <Navigate to="/c/$id" params={{ id: group }} replace />
  if (secret === undefined) return <Forgotten />
  const join = async () => {
    const id = await api.joinGroup(group, secret)
    forgetSecret(group)
    await navigate({ to: '/c/$id', params: { id }, replace: true })
  }
  return (
    <ConfirmDialog
      title={<Trans>Join this group?</Trans>}
      description={
        <Trans>
          You were invited by a link. Its name and members are encrypted: you see them once you are in. All members will
          see your name, and that you joined.
        </Trans>
      }
      confirm={<Trans>Join</Trans>}
      command={join}
      onDone={() => toast(t`You are in`, { tone: 'success' })}
      onClose={() => {
        if (secretOf(group) === undefined) return
        forgetSecret(group)
        void navigate({ to: '/', replace: true })
      }}
    >
      <p className="text-muted">
        <Trans>You read what is written from now on, and nothing of before.</Trans>
      </p>
    </ConfirmDialog>
  )
}

function Forgotten() {
  return (
    <div className="grid h-full">
      <EmptyState
        icon={<Link2Off />}
        isPage
        title={<Trans>Open the invite link again</Trans>}
        action={
          <Link to="/" className="font-medium text-link underline">
            <Trans>Go to your conversations</Trans>
          </Link>
        }
      >
        <Trans>
          This page does not keep the secret of a link, for your safety. If the link was cut short when it was copied,
          ask for it once more.
        </Trans>
      </EmptyState>
    </div>
  )
}
