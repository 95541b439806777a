import { Trans, useLingui } from '@lingui/react/macro'
import { Link2 } from 'lucide-react'
import type { ConversationRow } from '../../engine/api.ts'
import { Button, toast } from '../../kit/index.ts'
import { Card } from './card.tsx'
import { contactLink } from './contact-link.ts'
import { copyText } from './copy-text.ts'
import { ListSettings } from './list-settings.tsx'

/** What can be done with a conversation from its contact's screen. */
export function ContactActions({ row }: { readonly row: ConversationRow }) {
  const { t } = useLingui()
  const copy = async () => {
    const link = contactLink(location.origin, { account: row.id, username: row.username })
    if (await copyText(link)) toast(t`Link copied`, { tone: 'success' })
    else toast(t`The browser did not allow copying. The link is ${link}`, { persistent: true })
  }

  return (
    <Card>
      <ListSettings row={row} />
      <Button
        variant="secondary"
        className="self-start"
        icon={<Link2 aria-hidden className="size-5" />}
        onClick={() => void copy()}
      >
        <Trans>Copy link to this contact</Trans>
      </Button>
    </Card>
  )
}
