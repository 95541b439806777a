import { useLingui } from '@lingui/react/macro'
import { ArrowDownToLine, CircleAlert, Forward, Play, X } from 'lucide-react'
import type { MediaPlace, MediaView } from '#sdk/index.ts'
import { cx } from '../../kit/index.ts'
import { formatBytes } from '../settings/format-bytes.ts'
import { FileFailure } from './failure.tsx'
import type { Box } from './layout.ts'
import { openLightbox } from './lightbox-state.ts'
import { Preview } from './preview.tsx'
import { shareOf } from './progress.ts'
import { useFile } from './use-file.ts'

interface PictureProps {
  readonly place: MediaPlace
  readonly view: MediaView
  readonly box: Box
  readonly tabIndex: number
}

const SIGN = 'grid size-11 place-items-center rounded-full bg-stage/60 text-on-stage [&_svg]:size-5'

/** A picture or film in a bubble: its shape at once, itself when it is here. Pressing it opens it, or loads it. */
export function Picture({ place, view, box, tabIndex }: PictureProps) {
  const { t, i18n } = useLingui()
  const isFilm = view.view === 'video'
  const { status, url, load, stop } = useFile(place, view, !isFilm)
  const state = status?.state
  const size = formatBytes(view.size, i18n.locale)
  const what = view.alt ?? (isFilm ? t`Video` : t`Photo`)
  const isLoading = state === 'downloading'
  // To be passed on: its own line says so, and takes it back.
  const isCopying = state === 'copying'
  const press = () => {
    if (isLoading) stop()
    else if (state === 'here' || state === 'uploading') openLightbox(place)
    else load()
  }
  const label = isLoading
    ? t`${what}: stop loading`
    : isCopying
      ? t`${what}: loading`
      : state === 'remote' || state === 'failed'
        ? t`${what}: load, ${size}`
        : t`${what}: open`
  return (
    <button
      type="button"
      tabIndex={tabIndex}
      aria-label={label}
      disabled={isCopying}
      onClick={press}
      style={{ width: box.width, height: box.height }}
      className="relative max-w-full overflow-hidden rounded-control bg-stage/10 focus-visible:outline-2 focus-visible:-outline-offset-2 focus-visible:outline-ring"
    >
      <Preview view={view} />
      {url === undefined ? null : (
        <img src={url} alt="" decoding="async" className="absolute inset-0 size-full object-cover" />
      )}
      <span className="absolute inset-0 grid place-items-center">
        {isLoading || isCopying ? (
          <span className={cx(SIGN, 'relative')}>
            {isCopying ? <Forward className="rtl:-scale-x-100" /> : <X />}
            <Ring share={shareOf(status)} />
          </span>
        ) : state === 'failed' ? (
          <span className={SIGN}>
            <CircleAlert />
          </span>
        ) : state === 'remote' ? (
          <span className={SIGN}>
            <ArrowDownToLine />
          </span>
        ) : isFilm ? (
          <span className={SIGN}>
            <Play />
          </span>
        ) : null}
      </span>
      {status?.state === 'failed' ? (
        <span className="absolute inset-x-1 bottom-1 rounded-control bg-stage/70 px-2 py-1 text-meta text-on-stage">
          <FileFailure code={status.code} />
        </span>
      ) : null}
    </button>
  )
}

/** How much is here, around a sign. */
function Ring({ share }: { share: number }) {
  return (
    <svg viewBox="0 0 44 44" aria-hidden className="absolute inset-0 size-11! -rotate-90">
      <circle cx="22" cy="22" r="20" fill="none" stroke="currentColor" strokeOpacity="0.3" strokeWidth="3" />
      <circle
        cx="22"
        cy="22"
        r="20"
        fill="none"
        stroke="currentColor"
        strokeWidth="3"
        pathLength="1"
        strokeDasharray={`${Math.max(0.03, share)} 1`}
      />
    </svg>
  )
}
