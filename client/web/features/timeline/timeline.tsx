import { Trans, useLingui } from '@lingui/react/macro'
import { Button, EmptyState } from '../../kit/index.ts'
import { useTimeline } from '../../state/index.ts'
import { TimelineRows, type TimelineRowsProps } from './timeline-rows.tsx'

/** A conversation's messages, as soon as they were read. */
export function Timeline(props: Omit<TimelineRowsProps, 'timeline'>) {
  const { t } = useLingui()
  const timeline = useTimeline(props.id)
  const { name } = props
  if (timeline.status === 'failed') {
    return (
      <div className="flex min-h-0 flex-1">
        <EmptyState
          title={<Trans>The messages could not be read</Trans>}
          action={
            <Button onClick={() => void timeline.reload()}>
              <Trans>Try again</Trans>
            </Button>
          }
        >
          <Trans>They are still on this device.</Trans>
        </EmptyState>
      </div>
    )
  }
  if (timeline.status === 'loading') {
    return <div role="group" aria-label={t`Messages with ${name}`} aria-busy className="min-h-0 flex-1" />
  }
  return <TimelineRows {...props} timeline={timeline} />
}
