import { Trans, useLingui } from '@lingui/react/macro'
import { Link2 } from 'lucide-react'
import { useState } from 'react'
import { LIMITS } from '#protocol/limits.ts'
import type { GroupView } from '../../engine/api.ts'
import { Button, toast } from '../../kit/index.ts'
import { useApi } from '../../state/index.ts'
import { Card } from '../contact/card.tsx'
import { useCommand, useFailureText } from '../settings/failure.ts'
import { ConfirmDialog } from './confirm-dialog.tsx'
import { InviteLink } from './invite-link.tsx'

/** The ways in, for those who may manage them. */
export function LinksCard({ group }: { readonly group: GroupView }) {
  const { t } = useLingui()
  const api = useApi()
  const failureText = useFailureText()
  const { busy, failure, run } = useCommand()
  const [revoking, setRevoking] = useState<string>()
  const room = group.links.length < LIMITS.groupLinks
  return (
    <Card
      title={<Trans>Invite links</Trans>}
      hint={<Trans>Whoever opens one joins as a member. Its secret part is never sent to the server.</Trans>}
    >
      {group.links.length === 0 ? null : (
        <ul className="flex flex-col gap-4">
          {group.links.map(({ id, url }) => (
            <li key={id}>
              <InviteLink url={url} onRevoke={() => setRevoking(id)} />
            </li>
          ))}
        </ul>
      )}
      {failure === undefined ? null : (
        <p role="alert" className="text-danger">
          {failureText(failure)}
        </p>
      )}
      {room ? (
        <Button
          variant="secondary"
          className="self-start"
          busy={busy}
          icon={<Link2 aria-hidden className="size-5" />}
          onClick={() => void run(() => api.createGroupLink(group.id))}
        >
          <Trans>Create a link</Trans>
        </Button>
      ) : (
        <p className="text-meta text-muted">
          <Trans>There are as many links as there can be. Revoke one to create another.</Trans>
        </p>
      )}
      {revoking === undefined ? null : (
        <ConfirmDialog
          title={<Trans>Revoke this link?</Trans>}
          description={<Trans>Nobody can join by it any more. Who has joined already stays.</Trans>}
          confirm={<Trans>Revoke</Trans>}
          danger
          command={() => api.revokeGroupLink(group.id, revoking)}
          onDone={() => toast(t`The link was revoked`, { tone: 'success' })}
          onClose={() => setRevoking(undefined)}
        />
      )}
    </Card>
  )
}
