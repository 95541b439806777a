import { useLingui } from '@lingui/react/macro'
import { Suspense, lazy, useEffect, useState } from 'react'
import { toast } from '../kit/index.ts'
import { handOver, keepEverything, useOtherBuildWaits } from '../state/index.ts'
import type { ClientRefusal } from '../sw/messages.ts'
import { goOver, onBrokenBuild, watchForUpdates } from '../sw/updates.ts'

const ClientRefusedDialog = lazy(() => import('../features/settings/client-refused-dialog.tsx'))

/** Asks before another build takes over, whether its files wait or it runs in another tab: the page reloads then. */
export function UpdatePrompt() {
  const { t } = useLingui()
  const [filesWait, setFilesWait] = useState(false)
  const engineIsAskedFor = useOtherBuildWaits()
  const waits = filesWait || engineIsAskedFor

  const [refusal, setRefusal] = useState<ClientRefusal>()
  const [explaining, setExplaining] = useState(false)

  useEffect(
    () =>
      watchForUpdates({
        waits: () => setFilesWait(true),
        // Files are refused one after the other.
        refused: (next) =>
          setRefusal((former) => ({
            failure: next.failure,
            files: [...new Set([...(former?.failure === next.failure ? former.files : []), ...next.files])],
          })),
        leave: keepEverything,
      }),
    [],
  )
  useEffect(() => {
    if (refusal === undefined) return
    toast(t`This relay serves a changed version of SilentRelay. It is not used.`, {
      id: 'refused',
      tone: 'danger',
      persistent: true,
      action: { label: t`Details`, onClick: () => setExplaining(true) },
    })
  }, [t, refusal])
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
  return explaining && refusal !== undefined ? (
    <Suspense fallback={null}>
      <ClientRefusedDialog refusal={refusal} onClose={() => setExplaining(false)} />
    </Suspense>
  ) : null
}
