import { Trans } from '@lingui/react/macro'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import type { ConversationRow } from '../../engine/api.ts'
import { Button } from '../../kit/index.ts'
import { useApi } from '../../state/index.ts'
import { useCommand, useFailureText } from '../settings/failure.ts'
import { DecisionDialog } from './decision-dialog.tsx'

/** In the place of the composer: what to do with a request, or with somebody who is blocked. */
export function ContactBar({ row, name }: { readonly row: ConversationRow; readonly name: string }) {
  const api = useApi()
  const navigate = useNavigate()
  const failureText = useFailureText()
  const { busy, failure, run } = useCommand()
  const [asked, setAsked] = useState<'deleted' | 'blocked'>()
  const { id } = row
  return (
    <div className="flex shrink-0 flex-col items-center gap-3 border-t border-line bg-surface px-4 py-3 pb-[max(0.75rem,env(safe-area-inset-bottom))]">
      <p className="max-w-xl text-center text-muted wrap-anywhere">
        {row.blocked === true ? (
          <Trans>
            You blocked <bdi>{name}</bdi>. What they send is not shown.
          </Trans>
        ) : (
          <Trans>
            <bdi>{name}</bdi> wrote to you for the first time. Until you accept, they do not learn whether you read it.
          </Trans>
        )}
      </p>
      <div className="flex flex-wrap justify-center gap-2">
        {row.blocked === true ? (
          <Button busy={busy} onClick={() => void run(() => api.decide(id, 'unblocked'))}>
            <Trans>Unblock</Trans>
          </Button>
        ) : (
          <>
            <Button variant="secondary" className="text-danger!" onClick={() => setAsked('blocked')}>
              <Trans>Block</Trans>
            </Button>
            <Button variant="secondary" onClick={() => setAsked('deleted')}>
              <Trans>Delete</Trans>
            </Button>
            <Button busy={busy} onClick={() => void run(() => api.decide(id, 'accepted'))}>
              <Trans>Accept</Trans>
            </Button>
          </>
        )}
      </div>
      {failure === undefined ? null : (
        <p role="alert" className="text-danger">
          {failureText(failure)}
        </p>
      )}
      {asked === undefined ? null : (
        <DecisionDialog
          id={id}
          name={name}
          decision={asked}
          onDone={() => void navigate({ to: '/' })}
          onClose={() => setAsked(undefined)}
        />
      )}
    </div>
  )
}
