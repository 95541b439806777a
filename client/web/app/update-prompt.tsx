import { useLingui } from '@lingui/react/macro'
import { useEffect } from 'react'
import { toast } from '../kit/index.ts'
import { onBrokenBuild, watchForUpdates } from '../sw/updates.ts'

/** Asks before another build takes over: the page reloads then. */
export function UpdatePrompt() {
  const { t } = useLingui()
  useEffect(() => {
    const endUpdates = watchForUpdates((accept) => {
      toast(t`A new version is ready`, {
        id: 'update',
        persistent: true,
        action: { label: t`Update`, onClick: accept },
      })
    })
    const endBroken = onBrokenBuild(() => {
      toast(t`This version is no longer complete`, {
        id: 'update',
        tone: 'danger',
        persistent: true,
        action: { label: t`Reload`, onClick: () => location.reload() },
      })
    })
    return () => {
      endUpdates()
      endBroken()
    }
  }, [t])
  return null
}
