import { Trans } from '@lingui/react/macro'
import type { OwnProfile } from '../../../engine/api.ts'
import { Avatar } from '../../../kit/index.ts'
import { Card } from '../../contact/card.tsx'
import { OwnLink } from '../../contact/own-link.tsx'
import { NameForm } from '../profile/name-form.tsx'
import { UsernameForm } from '../profile/username-form.tsx'

/** How you are called, and how others find you. */
export function ProfileSection({ profile }: { readonly profile: OwnProfile }) {
  const { account, name, username } = profile
  return (
    <>
      <div className="flex items-center gap-4 py-2">
        <Avatar id={account} name={name} size="large" />
        <div className="min-w-0">
          <p dir="auto" className="line-clamp-2 text-title font-semibold wrap-anywhere text-match">
            {name}
          </p>
          {username === undefined ? null : (
            <p className="text-muted wrap-anywhere">
              <bdi>@{username}</bdi>
            </p>
          )}
        </div>
      </div>
      <Card>
        <NameForm name={name} />
      </Card>
      <Card>
        <UsernameForm username={username} />
      </Card>
      <Card title={<Trans>Your link</Trans>} hint={<Trans>Whoever opens it here can write to you.</Trans>}>
        <OwnLink />
      </Card>
    </>
  )
}
