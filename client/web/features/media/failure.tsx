import { Trans } from '@lingui/react/macro'
import type { MediaStatus } from '#sdk/index.ts'

/** Why a file cannot be had. */
export function FileFailure({ code }: { code: Extract<MediaStatus, { state: 'failed' }>['code'] }) {
  if (code === 'mediaGone') return <Trans>No longer stored. Ask for it again.</Trans>
  if (code === 'mediaTruncated' || code === 'mediaCorrupted' || code === 'mediaSwapped') {
    return <Trans>Damaged or replaced on its way: it is not shown.</Trans>
  }
  if (code === 'mediaKeyWrong') return <Trans>It cannot be decrypted.</Trans>
  if (code === 'mediaNotOffered') return <Trans>This relay keeps no files.</Trans>
  return <Trans>It could not be loaded.</Trans>
}
