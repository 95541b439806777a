import { useLingui } from '@lingui/react/macro'
import { useProfile } from '../../state/index.ts'
import { contactLink } from './contact-link.ts'
import { ShareLink } from './share-link.tsx'

/** The link by which others find this account. */
export function OwnLink({ isCodeShown = false }: { readonly isCodeShown?: boolean }) {
  const { t } = useLingui()
  const profile = useProfile()
  if (profile === undefined) return null
  const url = contactLink(location.origin, profile)
  return <ShareLink url={url} codeLabel={t`QR code of your link`} isCodeShown={isCodeShown} />
}
