import { useLingui } from '@lingui/react/macro'
import { ArrowDownToLine, CircleAlert, File, Forward, Save, X } from 'lucide-react'
import type { MediaPlace, MediaView } from '#sdk/index.ts'
import { toast } from '../../kit/index.ts'
import { formatBytes } from '../settings/format-bytes.ts'
import { save } from './blobs.ts'
import { FileFailure } from './failure.tsx'
import { ProgressBar } from './progress-bar.tsx'
import { shareOf } from './progress.ts'
import { useFile } from './use-file.ts'

interface FileRowProps {
  readonly place: MediaPlace
  readonly view: MediaView
  readonly tabIndex: number
}

/** Any file: what its author calls it, its size, and a button that loads it, then saves it. */
export function FileRow({ place, view, tabIndex }: FileRowProps) {
  const { t, i18n } = useLingui()
  const { status, load, stop } = useFile(place, view, false)
  const name = view.name ?? t`File`
  const size = formatBytes(view.size, i18n.locale)
  const isHere = status?.state === 'here' || status?.state === 'uploading'
  const isLoading = status?.state === 'downloading'
  const isCopying = status?.state === 'copying'
  const press = () => {
    if (isLoading) stop()
    else if (isHere) save(place, view.name).catch(() => toast(t`The file could not be saved.`, { tone: 'danger' }))
    else load()
  }
  return (
    <div className="flex h-14 w-68 max-w-full items-center gap-2">
      <button
        type="button"
        tabIndex={tabIndex}
        aria-label={
          isCopying
            ? t`${name}: loading`
            : isLoading
              ? t`${name}: stop loading`
              : isHere
                ? t`${name}: save`
                : t`${name}: load`
        }
        disabled={isCopying}
        onClick={press}
        className="grid size-11 shrink-0 place-items-center rounded-full bg-current/10 [&_svg]:size-5"
      >
        {isCopying ? (
          <Forward className="rtl:-scale-x-100" />
        ) : isLoading ? (
          <X />
        ) : isHere ? (
          <Save />
        ) : status?.state === 'failed' ? (
          <CircleAlert />
        ) : (
          <ArrowDownToLine />
        )}
      </button>
      <span className="min-w-0 flex-1">
        <bdi className="block truncate font-medium text-match" title={name}>
          {name}
        </bdi>
        <span className="flex items-center gap-1 text-meta opacity-85">
          <File aria-hidden className="size-3.5 shrink-0" />
          {status?.state === 'failed' ? (
            <FileFailure code={status.code} />
          ) : isLoading || isCopying ? (
            <ProgressBar label={t`Loading`} share={shareOf(status)} />
          ) : (
            size
          )}
        </span>
      </span>
    </div>
  )
}
