import { Trans, useLingui } from '@lingui/react/macro'
import type { MediaPlace, MediaView } from '#sdk/index.ts'
import { toast } from '../../kit/index.ts'
import { useApi, useMediaStatus } from '../../state/index.ts'
import { ProgressBar } from './progress-bar.tsx'
import { shareOf } from './progress.ts'

interface SendingProps {
  readonly place: Omit<MediaPlace, 'item'>
  readonly items: readonly MediaView[]
  readonly tabIndex: number
}

/** Below an own message whose files are on their way: how far they are, why they wait, and the way to take it back. */
export function Sending({ place, items, tabIndex }: SendingProps) {
  return items.map((_view, item) => (
    <SendingFile key={item} place={{ ...place, item }} count={items.length} tabIndex={tabIndex} />
  ))
}

function SendingFile({ place, count, tabIndex }: { place: MediaPlace; count: number; tabIndex: number }) {
  const { t } = useLingui()
  const api = useApi()
  const status = useMediaStatus(place)
  const previous = useMediaStatus({ ...place, item: Math.max(0, place.item - 1) })
  // They go one after the other: one line for the one whose turn it is.
  const isTurn = place.item === 0 || previous?.state === 'here'
  const isCopying = status?.state === 'copying'
  if ((status?.state !== 'uploading' && !isCopying) || !isTurn) return null
  const cancel = () => {
    api
      .cancelFiles(place.conversation, place.id)
      .catch(() => toast(t`It was sent already. You can delete it for everyone.`, { tone: 'danger' }))
  }
  const { waits } = status
  return (
    <div className="mt-1 flex w-68 max-w-full flex-wrap items-center gap-x-2 text-meta">
      <ProgressBar
        label={
          isCopying
            ? t`Loading it, to forward it`
            : count === 1
              ? t`Sending`
              : t`Sending file ${place.item + 1} of ${count}`
        }
        share={shareOf(status)}
      />
      <button
        type="button"
        tabIndex={tabIndex}
        onClick={cancel}
        className="min-h-6 rounded-[0.3rem] font-semibold underline underline-offset-2"
      >
        <Trans>Cancel</Trans>
      </button>
      {waits === 'quota' ? (
        <span className="w-full">
          <Trans>
            You have sent as much as this relay takes from one account for now. This goes on by itself later.
          </Trans>
        </span>
      ) : waits === 'offline' ? (
        <span className="w-full">
          <Trans>Waits for the connection.</Trans>
        </span>
      ) : null}
    </div>
  )
}
