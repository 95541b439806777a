import { Trans, useLingui } from '@lingui/react/macro'
import { CircleHelp, ShieldAlert, ShieldCheck } from 'lucide-react'
import { type ReactNode, useEffect, useRef } from 'react'
import { Button, cx } from '../../../kit/index.ts'
import type { Comparison } from './code.ts'

/** What a comparison came to, as far as a screen of its own says it. */
export type Outcome = Exclude<Comparison, 'notACode'>

interface OutcomeScreenProps {
  readonly outcome: Outcome
  readonly name: string
  readonly verified: boolean
  readonly identityChanged: boolean
  readonly busy: boolean
  /** Marks as verified; accepts a changed key first. */
  readonly onVerify: () => void
  readonly onUnverify: () => void
  /** Back to the number. */
  readonly onAgain: () => void
  readonly onDone: () => void
}

/** Says what a comparison means and what to do now. Takes the focus, so that it is read out. */
export function OutcomeScreen(props: OutcomeScreenProps) {
  switch (props.outcome) {
    case 'match':
      return <Match {...props} />
    case 'mismatch':
      return <Mismatch {...props} />
    case 'otherConversation':
    case 'ownCode':
    case 'newerVersion':
      return <NotComparable {...props} outcome={props.outcome} />
  }
}

function Match({ name, verified, identityChanged, busy, onVerify, onDone }: OutcomeScreenProps) {
  return (
    <Layout
      tone="success"
      icon={<ShieldCheck />}
      title={<Trans>The numbers match</Trans>}
      actions={
        verified && !identityChanged ? (
          <Button onClick={onDone}>
            <Trans>Done</Trans>
          </Button>
        ) : (
          <>
            <Button variant="secondary" onClick={onDone}>
              <Trans>Not now</Trans>
            </Button>
            <Button busy={busy} onClick={onVerify}>
              {identityChanged ? (
                <Trans>Accept the new key and mark as verified</Trans>
              ) : (
                <Trans>Mark as verified</Trans>
              )}
            </Button>
          </>
        )
      }
    >
      <p>
        <Trans>
          You talk to <bdi>{name}</bdi> and nobody is in between.
        </Trans>
      </p>
      {verified && !identityChanged ? null : (
        <p className="text-muted">
          <Trans>Marked as verified, nothing is sent if the key ever changes, until you have looked at it.</Trans>
        </p>
      )}
    </Layout>
  )
}

function Mismatch({ name, verified, busy, onUnverify, onAgain, onDone }: OutcomeScreenProps) {
  return (
    <Layout
      tone="danger"
      icon={<ShieldAlert />}
      title={<Trans>The numbers do not match</Trans>}
      actions={
        <>
          {verified ? (
            <Button variant="danger" busy={busy} onClick={onUnverify}>
              <Trans>Remove “verified”</Trans>
            </Button>
          ) : (
            <Button variant="secondary" onClick={onDone}>
              <Trans>Close</Trans>
            </Button>
          )}
          <Button onClick={onAgain}>
            <Trans>Compare again</Trans>
          </Button>
        </>
      }
    >
      <p>
        <Trans>
          Your two devices hold different keys. Someone could be reading along, or one of you has set up SilentRelay
          anew.
        </Trans>
      </p>
      <ol className="list-decimal space-y-1.5 ps-5 text-start">
        <li>
          <Trans>Do not send anything private here for now.</Trans>
        </li>
        <li>
          <Trans>
            Both of you: open this screen again, in your conversation with each other, while you are online.
          </Trans>
        </li>
        <li>
          <Trans>
            Still different? Ask <bdi>{name}</bdi> in person or on the phone whether the app was set up anew. If not, do
            not trust this conversation.
          </Trans>
        </li>
      </ol>
    </Layout>
  )
}

function NotComparable({
  outcome,
  name,
  onAgain,
  onDone,
}: OutcomeScreenProps & { outcome: Exclude<Outcome, 'match' | 'mismatch'> }) {
  const { title, text } = useNotComparable(outcome, name)
  return (
    <Layout
      tone="warning"
      icon={<CircleHelp />}
      title={title}
      actions={
        <>
          <Button variant="secondary" onClick={onDone}>
            <Trans>Close</Trans>
          </Button>
          <Button onClick={onAgain}>
            <Trans>Compare again</Trans>
          </Button>
        </>
      }
    >
      <p>{text}</p>
      <p className="text-muted">
        <Trans>Nothing was compared yet, so this says nothing about the conversation.</Trans>
      </p>
    </Layout>
  )
}

function useNotComparable(
  outcome: Exclude<Outcome, 'match' | 'mismatch'>,
  name: string,
): { title: string; text: ReactNode } {
  const { t } = useLingui()
  switch (outcome) {
    case 'otherConversation':
      return {
        title: t`This code is for other people`,
        text: (
          <Trans>
            It belongs to another conversation. Ask <bdi>{name}</bdi> to open the safety number of the conversation with
            you.
          </Trans>
        ),
      }
    case 'ownCode':
      return {
        title: t`This is your own code`,
        text: (
          <Trans>
            Scan the code on the screen of <bdi>{name}</bdi>, not the one on yours.
          </Trans>
        ),
      }
    case 'newerVersion':
      return {
        title: t`This code is of a newer version`,
        text: <Trans>Reload SilentRelay to update it, then scan again. Or compare the digits.</Trans>,
      }
  }
}

const TONES = {
  success: 'bg-success-soft text-success',
  warning: 'bg-warning-soft text-warning',
  danger: 'bg-danger-soft text-danger',
} as const

interface LayoutProps {
  readonly tone: keyof typeof TONES
  readonly icon: ReactNode
  readonly title: ReactNode
  readonly children: ReactNode
  readonly actions: ReactNode
}

function Layout({ tone, icon, title, children, actions }: LayoutProps) {
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => heading.current?.focus(), [])
  return (
    <div className="mx-auto flex w-full max-w-md animate-enter flex-col items-center gap-4 py-6 text-center">
      <span aria-hidden className={cx('grid size-20 place-items-center rounded-full [&_svg]:size-10', TONES[tone])}>
        {icon}
      </span>
      <h2 ref={heading} tabIndex={-1} className="text-title font-semibold">
        {title}
      </h2>
      <div className="flex flex-col gap-3">{children}</div>
      <div className="flex flex-wrap justify-center gap-2 pt-2">{actions}</div>
    </div>
  )
}
