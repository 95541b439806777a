import { Trans, useLingui } from '@lingui/react/macro'
import { Link, useNavigate } from '@tanstack/react-router'
import { ArrowLeft, ChevronRight, Users } from 'lucide-react'
import { IconButton } from '../../kit/index.ts'
import { Card } from '../contact/card.tsx'
import { OwnLink } from '../contact/own-link.tsx'
import { FindPerson } from './find-person.tsx'

function NewGroupLink() {
  return (
    <Link
      to="/new/group"
      className="flex min-h-16 items-center gap-3 rounded-card border border-line bg-surface px-4 py-3 text-text no-underline hover:bg-hover"
    >
      <Users aria-hidden className="size-6 shrink-0 text-accent" />
      <span className="min-w-0 flex-1">
        <span className="block font-medium">
          <Trans>New group</Trans>
        </span>
        <span className="block text-meta text-muted">
          <Trans>Write to several people at once. Only its members can read along.</Trans>
        </span>
      </span>
      <ChevronRight aria-hidden className="size-5 shrink-0 text-muted rtl:-scale-x-100" />
    </Link>
  )
}

/** The ways to a conversation that is not there yet. */
export function NewConversation() {
  const { t } = useLingui()
  const navigate = useNavigate()
  return (
    <section className="flex h-full min-h-0 min-w-0 flex-1 flex-col bg-background">
      <header className="flex min-h-14 items-center gap-1 border-b border-line bg-surface px-2">
        <IconButton label={t`Back`} onClick={() => void navigate({ to: '/' })}>
          <ArrowLeft className="rtl:-scale-x-100" />
        </IconButton>
        <h1 tabIndex={-1} className="min-w-0 flex-1 truncate text-heading font-semibold">
          <Trans>New conversation</Trans>
        </h1>
      </header>
      <div className="min-h-0 flex-1 overflow-y-auto">
        <div className="mx-auto flex w-full max-w-xl flex-col gap-6 p-4 wide:p-6">
          <FindPerson />
          <NewGroupLink />
          <Card
            title={<Trans>Or let them find you</Trans>}
            hint={<Trans>Send this link, or let them scan its code. Whoever opens it here can write to you.</Trans>}
          >
            <OwnLink />
          </Card>
        </div>
      </div>
    </section>
  )
}
