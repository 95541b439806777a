import { Trans } from '@lingui/react/macro'
import { Image, Mic, Paperclip, Video } from 'lucide-react'
import type { MediaView } from '#sdk/index.ts'

/** What a file is, in a word. */
export function ViewName({ view }: { view: MediaView['view'] | undefined }) {
  const [icon, name] =
    view === 'picture'
      ? [<Image key="icon" aria-hidden />, <Trans key="name">Photo</Trans>]
      : view === 'video'
        ? [<Video key="icon" aria-hidden />, <Trans key="name">Video</Trans>]
        : view === 'voice'
          ? [<Mic key="icon" aria-hidden />, <Trans key="name">Voice message</Trans>]
          : [<Paperclip key="icon" aria-hidden />, <Trans key="name">File</Trans>]
  return (
    <span className="me-1.5 shrink-0 [&_svg]:me-1 [&_svg]:inline-block [&_svg]:size-4 [&_svg]:align-[-0.15em]">
      {icon}
      {name}
    </span>
  )
}
