import { Trans } from '@lingui/react/macro'
import { History } from 'lucide-react'
import { useProfile } from '../../state/index.ts'
import { nameOf } from '../conversations/name-of.ts'
import { Notice } from './notice.tsx'
import type { MessageItem } from './rows.ts'

/** Above messages from before this account came: who shared them, on whose word they stand. */
export function SharedRow({ by }: { readonly by: NonNullable<MessageItem['sharedBy']> }) {
  const isSelf = useProfile()?.account === by.account
  const name = nameOf(by)
  const sharer = <bdi className="font-semibold">{name}</bdi>
  return (
    <Notice tone="bg-surface border border-line" icon={<History aria-hidden className="text-muted" />}>
      {isSelf ? (
        <p>
          <Trans>From another of your devices. These messages were written before this device joined.</Trans>
        </p>
      ) : (
        <>
          <p>
            {name === undefined ? (
              <Trans>Shared by a member. These messages were written before you joined.</Trans>
            ) : (
              <Trans>Shared by {sharer}. These messages were written before you joined.</Trans>
            )}
          </p>
          <p className="text-muted">
            <Trans>Who wrote what is on their word: it cannot be checked.</Trans>
          </p>
        </>
      )}
    </Notice>
  )
}
