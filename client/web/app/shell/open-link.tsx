import { Trans } from '@lingui/react/macro'
import { Link, useNavigate } from '@tanstack/react-router'
import { UserX } from 'lucide-react'
import { useEffect, useState } from 'react'
import { Button, EmptyState } from '../../kit/index.ts'
import { useApi } from '../../state/index.ts'
import { failureCode } from '../failure.ts'
import { PaneLoading } from './pane-loading.tsx'

interface OpenLinkProps {
  readonly by: 'username' | 'account'
  readonly value: string
}

/** Follows a link to a person: opens the conversation with them, or says why that cannot be. */
export function OpenLink({ by, value }: OpenLinkProps) {
  const api = useApi()
  const navigate = useNavigate()
  const [attempt, setAttempt] = useState(0)
  const [failure, setFailure] = useState<string>()
  useEffect(() => {
    let left = false
    const open = async () => {
      try {
        const id = await (by === 'username' ? api.openByUsername(value) : api.openByAccount(value))
        if (!left) await navigate({ to: '/c/$id', params: { id }, replace: true })
      } catch (error) {
        if (!left) setFailure(failureCode(error))
      }
    }
    setFailure(undefined)
    void open()
    return () => {
      left = true
    }
  }, [api, navigate, by, value, attempt])

  if (failure === undefined) return <PaneLoading />
  const notFound = failure === 'usernameNotFound' || failure === 'unknownRecipient' || failure === 'malformed'
  return (
    <div className="grid h-full">
      <EmptyState
        icon={<UserX />}
        isPage
        title={notFound ? <Trans>Nobody found</Trans> : <Trans>That did not work</Trans>}
        action={
          notFound ? (
            <Link to="/" className="font-medium text-link underline">
              <Trans>Go to your conversations</Trans>
            </Link>
          ) : (
            <Button onClick={() => setAttempt(attempt + 1)}>
              <Trans>Try again</Trans>
            </Button>
          )
        }
      >
        {notFound ? (
          <Trans>
            No account belongs to <bdi>{value}</bdi>. Ask the person for a new link.
          </Trans>
        ) : failure === 'offline' ? (
          <Trans>You are offline. Connect and try again.</Trans>
        ) : (
          <Trans>The relay did not answer as expected. Try again in a moment.</Trans>
        )}
      </EmptyState>
    </div>
  )
}
