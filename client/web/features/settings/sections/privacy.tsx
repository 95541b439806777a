import { Trans, useLingui } from '@lingui/react/macro'
import { failureCode } from '../../../app/failure.ts'
import type { ConversationRow, Settings } from '../../../engine/api.ts'
import { Button, Switch, toast } from '../../../kit/index.ts'
import { useAllConversations, useApi } from '../../../state/index.ts'
import { Card } from '../../contact/card.tsx'
import { useDisplayName } from '../../conversations/display-name.ts'
import { useFailureText } from '../failure.ts'

/** Who is not heard, and how to hear them again. */
function BlockedCard() {
  const api = useApi()
  const failureText = useFailureText()
  const blocked = [...useAllConversations().values()].filter((row) => row.blocked === true)
  const unblock = (id: string) => {
    api.decide(id, 'unblocked').catch((error: unknown) => toast(failureText(failureCode(error)), { tone: 'danger' }))
  }
  return (
    <Card
      title={<Trans>Blocked</Trans>}
      hint={blocked.length === 0 ? <Trans>You have blocked nobody.</Trans> : undefined}
    >
      {blocked.length === 0 ? null : (
        <ul className="flex flex-col gap-2">
          {blocked.map((row) => (
            <BlockedRow key={row.id} row={row} onUnblock={() => unblock(row.id)} />
          ))}
        </ul>
      )}
    </Card>
  )
}

function BlockedRow({ row, onUnblock }: { readonly row: ConversationRow; readonly onUnblock: () => void }) {
  const { t } = useLingui()
  const name = useDisplayName(row)
  return (
    <li className="flex items-center gap-3">
      <bdi className="min-w-0 flex-1 truncate">{name}</bdi>
      <Button variant="secondary" size="small" aria-label={t`Unblock ${name}`} onClick={onUnblock}>
        <Trans>Unblock</Trans>
      </Button>
    </li>
  )
}

/** What others learn of what you do here. */
export function PrivacySection({ settings }: { readonly settings: Settings }) {
  const { t } = useLingui()
  const api = useApi()
  const failureText = useFailureText()
  const change = (setting: Partial<Settings>) => {
    api.changeSettings(setting).catch((error: unknown) => toast(failureText(failureCode(error)), { tone: 'danger' }))
  }
  return (
    <>
      <Card>
        <Switch
          label={t`Read receipts`}
          hint={t`Your contacts see when you have read their messages. Off: they see “delivered” at most. You still see theirs, where they send them.`}
          checked={settings.readReceipts}
          onCheckedChange={(readReceipts) => change({ readReceipts })}
        />
        <Switch
          label={t`Delivery receipts`}
          hint={t`Your contacts see that a message reached your device, and so that it was online. Off: they see “sent” until you read. You still see theirs.`}
          checked={settings.deliveryReceipts}
          onCheckedChange={(deliveryReceipts) => change({ deliveryReceipts })}
        />
        <Switch
          label={t`Typing`}
          hint={t`Your contacts see when you are writing to them. Off: they do not. You still see when they write.`}
          checked={settings.typing}
          onCheckedChange={(typing) => change({ typing })}
        />
        <Switch
          label={t`Strangers ask first`}
          hint={t`What somebody writes to you for the first time is a request, which you accept, delete or block. Until then they learn nothing. Off: it is a conversation at once.`}
          checked={!settings.acceptsStrangers}
          onCheckedChange={(ask) => change({ acceptsStrangers: !ask })}
        />
      </Card>
      <BlockedCard />
      <p className="text-meta text-muted">
        <Trans>
          All of this is end-to-end encrypted, as your messages are. It holds for all conversations, from now on.
        </Trans>
      </p>
    </>
  )
}
