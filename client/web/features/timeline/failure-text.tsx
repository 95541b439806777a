import { Trans } from '@lingui/react/macro'
import type { SendFailure } from '#sdk/index.ts'

/** Why a message was not sent, and what helps; for most reasons nothing does but to try again. */
export function FailureText({ failure }: { failure: SendFailure | undefined }) {
  if (failure === 'quotaExceeded') return <Trans>Not sent: their inbox is full until they come online.</Trans>
  if (failure === 'unknownRecipient') return <Trans>Not sent: this account no longer exists.</Trans>
  if (failure === 'deviceRevoked') return <Trans>Not sent: this device was removed from your account.</Trans>
  if (failure === 'tooLarge') return <Trans>Not sent: the message is too large.</Trans>
  if (failure === 'mediaNotOffered') return <Trans>Not sent: this relay keeps no files.</Trans>
  if (failure === 'mediaIncomplete') return <Trans>Not sent: the file is not whole on this device any more.</Trans>
  if (failure === 'mediaGone') return <Trans>Not sent: the file is no longer stored, and was not on this device.</Trans>
  return <Trans>Not sent.</Trans>
}
