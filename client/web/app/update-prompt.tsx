import { useLingui } from '@lingui/react/macro'
import { useEffect, useState } from 'react'
import { toast } from '../kit/index.ts'
import { handOver, keepEverything, useOtherBuildWaits } from '../state/index.ts'
import { goOver, onBrokenBuild, watchForUpdates } from '../sw/updates.ts'

/** Asks before another build takes over, whether its files wait or it runs in another tab: the page reloads then. */
export function UpdatePrompt() {
  const { t } = useLingui()
  const [filesWait, setFilesWait] = useState(false)
  const engineIsAskedFor = useOtherBuildWaits()
  const waits = filesWait || engineIsAskedFor

  useEffect(() => watchForUpdates({ waits: () => setFilesWait(true), leave: keepEverything }), [])
  useEffect(() => {
    if (!waits) return
    toast(t`A new version is waiting`, {
      id: 'update',
      persistent: true,
      action: { label: t`Update`, onClick: () => void handOver().then(goOver) },
    })
  }, [t, waits])
  useEffect(
    () =>
      onBrokenBuild(() => {
        toast(t`This version is no longer complete`, {
          id: 'update',
          tone: 'danger',
          persistent: true,
          action: { label: t`Reload`, onClick: () => void handOver().then(goOver) },
        })
      }),
    [t],
  )
  return null
}
