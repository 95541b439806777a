import { Trans, useLingui } from '@lingui/react/macro'
import { Unlink } from 'lucide-react'
import { Button } from '../../kit/index.ts'
import { ShareLink } from '../contact/share-link.tsx'

/** One invite link: to pass on, and to revoke. */
export function InviteLink({ url, onRevoke }: { readonly url: string; readonly onRevoke: () => void }) {
  const { t } = useLingui()
  return (
    <div className="rounded-control border border-line p-3">
      <ShareLink url={url} codeLabel={t`QR code of the invite link`}>
        <Button
          variant="ghost"
          size="small"
          className="text-danger!"
          icon={<Unlink aria-hidden className="size-4" />}
          onClick={onRevoke}
        >
          <Trans>Revoke</Trans>
        </Button>
      </ShareLink>
    </div>
  )
}
