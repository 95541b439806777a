import { Trans, useLingui } from '@lingui/react/macro'
import { Navigate, useNavigate, useParams } from '@tanstack/react-router'
import { UserX } from 'lucide-react'
import { Suspense, lazy, useCallback, useState } from 'react'
import { announce } from '../../app/announcer.tsx'
import type { ConversationRow } from '../../engine/api.ts'
import { Button, EmptyState, Skeleton, toast } from '../../kit/index.ts'
import { useApi, useConversation, useConversationsLoaded, useProfile } from '../../state/index.ts'
import { useCommand, useFailureText } from '../settings/failure.ts'
import { useAnswer } from '../settings/use-answer.ts'
import { Card } from './card.tsx'
import { useDisplayName } from '../conversations/display-name.ts'
import { Pane } from './pane.tsx'
import { useBack } from './use-back.ts'
import type { Sides } from './safety/code.ts'
import { Compare } from './safety/compare.tsx'
import { type Outcome, OutcomeScreen } from './safety/outcome.tsx'

const TrustCard = lazy(() => import('./trust/trust-card.tsx'))

/** The safety number of a conversation: to show, to scan, to compare, and what came of it. */
export function SafetyScreen() {
  const { id } = useParams({ from: '/chats/c/$id/safety' })
  const row = useConversation(id)
  const loaded = useConversationsLoaded()
  const profile = useProfile()
  const navigate = useNavigate()
  const back = useBack(() => void navigate({ to: '/c/$id/contact', params: { id } }))
  if (row?.group !== undefined) return <Navigate to="/c/$id/group" params={{ id }} replace />
  return (
    <Pane title={<Trans>Safety number</Trans>} onBack={back}>
      {row !== undefined && profile !== undefined ? (
        <Comparing key={id} row={row} own={profile.account} onDone={back} />
      ) : loaded ? (
        <EmptyState icon={<UserX />} title={<Trans>There is no such conversation</Trans>} />
      ) : (
        <NumberSkeleton />
      )}
    </Pane>
  )
}

interface ComparingProps {
  readonly row: ConversationRow
  readonly own: string
  readonly onDone: () => void
}

function Comparing({ row, own, onDone }: ComparingProps) {
  const { t } = useLingui()
  const api = useApi()
  const name = useDisplayName(row)
  const failureText = useFailureText()
  const { answer, again } = useAnswer(
    useCallback(() => api.safetyNumber(row.id), [api, row.id]),
    Number(row.identityChanged),
  )
  const { busy, failure, run } = useCommand()
  const [compared, setCompared] = useState<{ readonly outcome: Outcome; readonly digits: string }>()
  const digits = answer.state === 'ready' ? answer.value.join('') : undefined
  // A result holds for the number that was compared, and for no other that came meanwhile.
  const outcome = compared !== undefined && compared.digits === digits ? compared.outcome : undefined

  const verify = async () => {
    let changed = false
    const done = await run(async () => {
      changed = (await api.safetyNumber(row.id)).join('') !== digits
      if (changed) return
      if (row.identityChanged && answer.state === 'ready') await api.acceptIdentity(row.id, answer.value)
      await api.setVerified(row.id, true)
    })
    if (!done) return
    if (changed) {
      toast(t`The number has just changed. Compare it again.`, { tone: 'danger' })
      again()
      return
    }
    toast(t`${name} is marked as verified`, { tone: 'success' })
    onDone()
  }
  const unverify = async () => {
    if (!(await run(() => api.setVerified(row.id, false)))) return
    announce(t`${name} is no longer marked as verified`)
    setCompared(undefined)
  }

  switch (answer.state) {
    case 'loading':
      return <NumberSkeleton />
    case 'failed':
      return (
        <EmptyState
          title={<Trans>The safety number is not known yet</Trans>}
          action={
            <Button onClick={again}>
              <Trans>Try again</Trans>
            </Button>
          }
        >
          {failureText(answer.failure)}
        </EmptyState>
      )
    case 'ready': {
      const sides: Sides = { own, contact: row.id, number: answer.value }
      return (
        <>
          {failure === undefined ? null : (
            <p role="alert" className="text-danger">
              {failureText(failure)}
            </p>
          )}
          {outcome === undefined ? (
            <Compare
              sides={sides}
              name={name}
              verified={row.verified}
              identityChanged={row.identityChanged}
              busy={busy}
              onOutcome={(next) => setCompared({ outcome: next, digits: answer.value.join('') })}
              onUnverify={() => void unverify()}
            />
          ) : (
            <Card>
              <OutcomeScreen
                outcome={outcome}
                name={name}
                verified={row.verified}
                identityChanged={row.identityChanged}
                busy={busy}
                onVerify={() => void verify()}
                onUnverify={() => void unverify()}
                onAgain={() => {
                  setCompared(undefined)
                  again()
                }}
                onDone={onDone}
              />
            </Card>
          )}
          {outcome === undefined ? (
            <Suspense fallback={<Skeleton className="h-60 w-full rounded-card" />}>
              <TrustCard id={row.id} name={name} />
            </Suspense>
          ) : null}
        </>
      )
    }
  }
}

function NumberSkeleton() {
  const { t } = useLingui()
  return (
    <div role="status" aria-label={t`Working out the safety number`} className="flex flex-col items-center gap-6">
      <Skeleton className="size-56" />
      <Skeleton className="h-24 w-full max-w-md" />
      <Skeleton className="h-10 w-full max-w-md" />
    </div>
  )
}
