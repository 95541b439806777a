import { Trans, useLingui } from '@lingui/react/macro'
import { Copy, QrCode as QrIcon, Share2 } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { Button, toast } from '../../kit/index.ts'
import { copyText } from './copy-text.ts'
import { QrCode } from './safety/qr-code.tsx'

const ICON = 'size-4'

interface ShareLinkProps {
  readonly url: string
  /** What the code is, for those who do not see it. */
  readonly codeLabel: string
  /** The code is there from the beginning. */
  readonly isCodeShown?: boolean
  /** More that can be done with it. */
  readonly children?: ReactNode
}

/** A link to pass on: to copy, to share, and to scan from this screen. */
export function ShareLink({ url, codeLabel, isCodeShown = false, children }: ShareLinkProps) {
  const { t } = useLingui()
  const [shown, setShown] = useState(isCodeShown)
  const copy = async () => {
    if (await copyText(url)) toast(t`Link copied`, { tone: 'success' })
    else toast(t`The browser did not allow copying. Select the link and copy it by hand.`, { tone: 'danger' })
  }
  const share = async () => {
    try {
      await navigator.share({ url })
    } catch (error) {
      // Closing the sheet of the system is no failure.
      if (error instanceof DOMException && error.name === 'AbortError') return
      await copy()
    }
  }
  return (
    <div className="flex flex-col gap-2.5">
      <code dir="ltr" className="font-mono text-meta break-all select-all">
        {url}
      </code>
      <div className="flex flex-wrap gap-2">
        <Button
          variant="secondary"
          size="small"
          icon={<Copy aria-hidden className={ICON} />}
          onClick={() => void copy()}
        >
          <Trans>Copy</Trans>
        </Button>
        {'share' in navigator ? (
          <Button
            variant="secondary"
            size="small"
            icon={<Share2 aria-hidden className={ICON} />}
            onClick={() => void share()}
          >
            <Trans>Share</Trans>
          </Button>
        ) : null}
        <Button
          variant="secondary"
          size="small"
          aria-expanded={shown}
          icon={<QrIcon aria-hidden className={ICON} />}
          onClick={() => setShown(!shown)}
        >
          {shown ? <Trans>Hide code</Trans> : <Trans>Show code</Trans>}
        </Button>
        {children}
      </div>
      {shown ? <QrCode text={url} label={codeLabel} className="w-56 max-w-full self-center rounded-control" /> : null}
    </div>
  )
}
