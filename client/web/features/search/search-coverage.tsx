import { Plural, Trans, useLingui } from '@lingui/react/macro'
import type { SearchResultView } from '../../engine/api.ts'
import { fullTime } from '../conversations/times.ts'

/** What was searched, and what cannot be: it is on no other device, and nobody else is asked. */
export function SearchCoverage({ coverage }: { coverage: SearchResultView['coverage'] | undefined }) {
  const { i18n } = useLingui()
  if (coverage === undefined) return null
  const { messages, since, state } = coverage
  const day = since === undefined ? '' : fullTime(i18n.locale, since)
  return (
    <p className="mt-3 border-t border-line pt-2 text-meta text-muted">
      {state === 'reading' ? (
        <Plural
          value={messages}
          one="Searched # message on this device so far; reading on."
          other="Searched # messages on this device so far; reading on."
        />
      ) : (
        <Plural
          value={messages}
          one="Searched the # message on this device."
          other="Searched all # messages on this device."
        />
      )}{' '}
      {state === 'partial' ? <Trans>Older ones than {day} are not searched.</Trans> : null}{' '}
      {state === 'complete' && since !== undefined ? <Trans>The oldest is of {day}.</Trans> : null}{' '}
      <Trans>Messages that disappeared, were deleted or never came to this device cannot be found.</Trans>
    </p>
  )
}
