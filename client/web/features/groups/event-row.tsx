import { Trans, useLingui } from '@lingui/react/macro'
import { ShieldAlert, Unplug } from 'lucide-react'
import { clockTime, fullTime } from '../conversations/times.ts'
import { Notice } from '../timeline/notice.tsx'
import type { EventItem } from '../timeline/rows.ts'
import { EventText } from './event-text.tsx'

interface EventRowProps {
  readonly item: EventItem
  readonly onExplain: (item: EventItem) => void
}

/** Something that happened in a group. What endangers it is a warning, with what it means. */
export function EventRow({ item, onExplain }: EventRowProps) {
  const { i18n } = useLingui()
  const { event, names, at } = item
  const time = (
    <time dateTime={new Date(at).toISOString()} title={fullTime(i18n.locale, at)} className="text-muted">
      {clockTime(i18n.locale, at)}
    </time>
  )
  const text = <EventText event={event} names={names} />
  const warns = event.event === 'historyForked' || event.event === 'broken'
  if (warns || event.event === 'missed') {
    const icon = warns ? (
      <ShieldAlert aria-hidden className="text-warning" />
    ) : (
      <Unplug aria-hidden className="text-muted" />
    )
    return (
      <Notice tone={warns ? 'bg-warning-soft' : 'bg-surface border border-line'} icon={icon}>
        <p>
          {text} {time}
        </p>
        <button
          type="button"
          className="inline-flex min-h-6 items-center rounded-[0.3rem] font-semibold text-link underline underline-offset-2"
          onClick={() => onExplain(item)}
        >
          <Trans>What does this mean?</Trans>
        </button>
      </Notice>
    )
  }
  return (
    <p className="mx-auto max-w-lg px-4 pt-2.5 pb-0.5 text-center text-meta wrap-anywhere text-muted">
      {text} {time}
    </p>
  )
}
