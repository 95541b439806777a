import { Trans, useLingui } from '@lingui/react/macro'
import { Camera } from 'lucide-react'
import { lazy, Suspense, useState } from 'react'
import { Button, Skeleton } from '../../../kit/index.ts'

const Scanner = lazy(() => import('../scan/scanner.tsx'))

interface ScanTabProps {
  readonly name: string
  readonly onCode: (text: string) => void
}

/** The camera is asked for after the user wants it, and the code that reads it is loaded then. */
export function ScanTab({ name, onCode }: ScanTabProps) {
  const { t } = useLingui()
  const [wanted, setWanted] = useState(false)
  if (!wanted) {
    return (
      <div className="flex flex-col items-center gap-4 py-4 text-center">
        <p className="max-w-sm text-muted">
          <Trans>
            Point the camera at the code on the screen of <bdi>{name}</bdi>. The picture stays on this device.
          </Trans>
        </p>
        <Button icon={<Camera aria-hidden className="size-5" />} onClick={() => setWanted(true)}>
          <Trans>Turn on the camera</Trans>
        </Button>
      </div>
    )
  }
  return (
    <Suspense fallback={<Skeleton className="mx-auto aspect-square w-full max-w-sm rounded-card" />}>
      <Scanner label={t`Camera picture`} onCode={onCode} onClose={() => setWanted(false)} />
    </Suspense>
  )
}
