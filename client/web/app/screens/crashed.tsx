import { Trans } from '@lingui/react/macro'
import { CatchBoundary } from '@tanstack/react-router'
import { RotateCw } from 'lucide-react'
import type { ReactNode } from 'react'
import { Button, EmptyState } from '../../kit/index.ts'

/** In the place of a part of the page that threw. */
export function Crashed() {
  return (
    <div role="alert" className="grid h-full bg-background">
      <EmptyState
        title={<Trans>This part of the page has stopped</Trans>}
        action={
          <Button icon={<RotateCw className="size-4.5" aria-hidden />} onClick={() => location.reload()}>
            <Trans>Reload</Trans>
          </Button>
        }
      >
        <Trans>Nothing is lost: your messages are kept on this device. Reload to go on.</Trans>
      </EmptyState>
    </div>
  )
}

/** Keeps an error in one part of the page from taking the others with it. Another `resetKey` tries again. */
export function ErrorBoundary({ resetKey = '', children }: { resetKey?: string; children: ReactNode }) {
  return (
    <CatchBoundary getResetKey={() => resetKey} errorComponent={Crashed}>
      {children}
    </CatchBoundary>
  )
}
