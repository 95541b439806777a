import { Trans, useLingui } from '@lingui/react/macro'
import { useCallback, useId, useState } from 'react'
import type { About } from '../../../engine/api.ts'
import { Banner, Button } from '../../../kit/index.ts'
import { useApi } from '../../../state/index.ts'
import { Card } from '../../contact/card.tsx'
import { Asked } from '../asked.tsx'
import { formatBytes } from '../format-bytes.ts'
import { useAnswer } from '../use-answer.ts'

/** What this client keeps on the device, and whether the browser may throw it away. */
export function StorageSection() {
  const api = useApi()
  const { answer, again } = useAnswer(useCallback(() => api.about(), [api]))
  return (
    <>
      <Asked answer={answer} again={again}>
        {({ storage }) => (
          <>
            {storage.usage === undefined ? null : <Usage usage={storage.usage} quota={storage.quota} />}
            <Persistence storage={storage} onAsked={again} />
          </>
        )}
      </Asked>
      <p className="text-meta text-muted">
        <Trans>
          Messages, keys and drafts are kept encrypted, on this device only. Clearing the browser’s data for this page
          removes them for good.
        </Trans>
      </p>
    </>
  )
}

function Usage({ usage, quota }: { readonly usage: number; readonly quota: number | undefined }) {
  const { i18n } = useLingui()
  const label = useId()
  const used = formatBytes(usage, i18n.locale)
  return (
    <Card>
      <p id={label} className="font-medium">
        {quota === undefined ? (
          <Trans>{used} used</Trans>
        ) : (
          <Trans>
            {used} used of {formatBytes(quota, i18n.locale)}
          </Trans>
        )}
      </p>
      {quota === undefined || quota === 0 ? null : (
        <div
          role="meter"
          aria-labelledby={label}
          aria-valuemin={0}
          aria-valuemax={quota}
          aria-valuenow={Math.min(usage, quota)}
          aria-valuetext={used}
          className="h-3 overflow-hidden rounded-full border border-control bg-background"
        >
          <div
            className="h-full min-w-1 bg-accent"
            style={{ inlineSize: `${Math.min(100, (100 * usage) / quota)}%` }}
          />
        </div>
      )}
    </Card>
  )
}

interface PersistenceProps {
  readonly storage: About['storage']
  readonly onAsked: () => void
}

function Persistence({ storage, onAsked }: PersistenceProps) {
  const [refused, setRefused] = useState(false)
  const ask = async () => {
    const granted = await navigator.storage.persist()
    setRefused(!granted)
    if (granted) onAsked()
  }
  if (storage.persisted) {
    return (
      <Banner tone="success" title={<Trans>Kept until you remove it</Trans>}>
        <Trans>The browser does not clear your messages by itself.</Trans>
      </Banner>
    )
  }
  return (
    <Banner
      tone="warning"
      title={<Trans>The browser may clear your messages</Trans>}
      action={
        <Button size="small" onClick={() => void ask()}>
          <Trans>Ask it to keep them</Trans>
        </Button>
      }
    >
      <span role="status">
        {refused ? (
          <Trans>The browser said no. Install SilentRelay as an app or bookmark the page, and ask again.</Trans>
        ) : (
          <Trans>It does that when the device runs out of space, or after a long time without a visit.</Trans>
        )}
      </span>
    </Banner>
  )
}
