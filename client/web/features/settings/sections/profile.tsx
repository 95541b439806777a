import { Trans, useLingui } from '@lingui/react/macro'
import { Link2 } from 'lucide-react'
import type { OwnProfile } from '../../../engine/api.ts'
import { Avatar, Button, toast } from '../../../kit/index.ts'
import { Card } from '../../contact/card.tsx'
import { contactLink } from '../../contact/contact-link.ts'
import { copyText } from '../../contact/copy-text.ts'
import { NameForm } from '../profile/name-form.tsx'
import { UsernameForm } from '../profile/username-form.tsx'

/** How you are called, and how others find you. */
export function ProfileSection({ profile }: { readonly profile: OwnProfile }) {
  const { t } = useLingui()
  const { account, name, username } = profile
  const copy = async () => {
    const link = contactLink(location.origin, { account, username })
    if (await copyText(link)) toast(t`Link copied. Whoever opens it can write to you.`, { tone: 'success' })
    else toast(t`The browser did not allow copying. The link is ${link}`, { persistent: true })
  }
  return (
    <>
      <div className="flex items-center gap-4 py-2">
        <Avatar id={account} name={name} size="large" />
        <div className="min-w-0">
          <p dir="auto" className="line-clamp-2 text-title font-semibold wrap-anywhere">
            <bdi>{name}</bdi>
          </p>
          {username === undefined ? null : <p className="text-muted wrap-anywhere">@{username}</p>}
        </div>
      </div>
      <Card>
        <NameForm name={name} />
      </Card>
      <Card>
        <UsernameForm username={username} />
      </Card>
      <Button
        variant="secondary"
        className="self-start"
        icon={<Link2 aria-hidden className="size-5" />}
        onClick={() => void copy()}
      >
        <Trans>Copy my link</Trans>
      </Button>
    </>
  )
}
