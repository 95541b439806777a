import { Trans, useLingui } from '@lingui/react/macro'
import { failureCode } from '../../../app/failure.ts'
import type { Settings } from '../../../engine/api.ts'
import { Switch, toast } from '../../../kit/index.ts'
import { useApi } from '../../../state/index.ts'
import { Card } from '../../contact/card.tsx'
import { useFailureText } from '../failure.ts'

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
      </Card>
      <p className="text-meta text-muted">
        <Trans>
          All of this is end-to-end encrypted, as your messages are. It holds for all conversations, from now on.
        </Trans>
      </p>
    </>
  )
}
