import { Trans } from '@lingui/react/macro'
import { Card } from '../contact/card.tsx'
import { OwnLink } from '../contact/own-link.tsx'
import { FindPerson } from './find-person.tsx'

/** Beside an empty list: both ways to the first conversation. */
export default function FirstConversation() {
  return (
    <div className="h-full overflow-y-auto">
      <div className="mx-auto flex min-h-full w-full max-w-xl flex-col justify-center gap-6 p-6">
        <header>
          <h1 tabIndex={-1} className="text-title font-bold">
            <Trans>Write to somebody</Trans>
          </h1>
          <p className="mt-1 text-muted">
            <Trans>Only you and the person you write to can read what you say here.</Trans>
          </p>
        </header>
        <FindPerson />
        <Card
          title={<Trans>Or let them find you</Trans>}
          hint={<Trans>Send this link, or let them scan its code. Whoever opens it here can write to you.</Trans>}
        >
          <OwnLink isCodeShown />
        </Card>
      </div>
    </div>
  )
}
