import { Trans, useLingui } from '@lingui/react/macro'
import { ChevronLeft, ChevronRight, Save, X } from 'lucide-react'
import { Dialog as Radix } from 'radix-ui'
import { type KeyboardEvent, useEffect } from 'react'
import type { MediaPlace, MediaView } from '#sdk/index.ts'
import { IconButton, Spinner, toast } from '../../kit/index.ts'
import { useTimeline } from '../../state/index.ts'
import { fullTime } from '../conversations/times.ts'
import { isShowable, save } from './blobs.ts'
import { FileFailure } from './failure.tsx'
import { isVisual } from './layout.ts'
import { closeLightbox, openLightbox } from './lightbox-state.ts'
import { useFile } from './use-file.ts'

interface Seen {
  readonly place: MediaPlace
  readonly view: MediaView
  readonly at: number
  readonly body: string | undefined
}

/** All pictures and films of what is loaded of a conversation, in its order. */
function useGallery(conversation: string): readonly Seen[] {
  const { items } = useTimeline(conversation)
  return items.flatMap((message) => {
    if (message.kind !== 'message' || message.content.kind !== 'media') return []
    const { order, id, at, content } = message
    return content.items.flatMap((view, item) =>
      isVisual(view) && isShowable(view.type)
        ? [{ place: { conversation, order, id, item }, view, at, body: content.body }]
        : [],
    )
  })
}

const ON_DARK = 'text-on-stage hover:bg-on-stage/20 hover:text-on-stage focus-visible:outline-on-stage'

/** One picture or film alone, with the others of its conversation an arrow away. The focus stays in it; Escape leaves it. */
export default function Lightbox({ place }: { place: MediaPlace }) {
  const { t, i18n } = useLingui()
  const gallery = useGallery(place.conversation)
  const index = gallery.findIndex(({ place: one }) => one.id === place.id && one.item === place.item)
  const seen = gallery[index]
  // Its message is gone: so is what is shown of it.
  useEffect(() => {
    if (seen === undefined) closeLightbox()
  }, [seen])
  if (seen === undefined) return null
  const go = (step: number) => {
    const next = gallery[index + step]
    if (next !== undefined) openLightbox(next.place)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    // A film's own keys move within it.
    if (event.target instanceof HTMLVideoElement) return
    const forward = document.dir === 'rtl' ? 'ArrowLeft' : 'ArrowRight'
    const back = document.dir === 'rtl' ? 'ArrowRight' : 'ArrowLeft'
    if (event.key === forward) go(1)
    else if (event.key === back) go(-1)
    else return
    event.preventDefault()
  }
  const what = seen.view.view === 'video' ? t`Video` : t`Photo`
  const saveIt = () => {
    save(seen.place, seen.view.name ?? nameBy(seen.view.type)).catch(() =>
      toast(t`The file could not be saved.`, { tone: 'danger' }),
    )
  }
  return (
    <Radix.Root open onOpenChange={(open) => open || closeLightbox()}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 bg-stage" />
        <Radix.Content
          aria-describedby={undefined}
          onKeyDown={onKeyDown}
          className="fixed inset-0 z-50 flex flex-col text-on-stage outline-none"
        >
          <div className="flex items-center gap-2 p-2 pt-[max(0.5rem,env(safe-area-inset-top))]">
            <Radix.Title className="min-w-0 flex-1 truncate ps-2 text-body font-medium">
              {what}
              <span className="ms-2 text-meta font-normal opacity-80">
                {fullTime(i18n.locale, seen.at)} · {index + 1}/{gallery.length}
              </span>
            </Radix.Title>
            <IconButton label={t`Save`} tooltip={false} className={ON_DARK} onClick={saveIt}>
              <Save />
            </IconButton>
            <Radix.Close asChild>
              <IconButton label={t`Close`} tooltip={false} className={ON_DARK}>
                <X />
              </IconButton>
            </Radix.Close>
          </div>
          <div className="relative flex min-h-0 flex-1 items-center justify-center px-2">
            <Shown key={`${seen.place.id} ${seen.place.item}`} seen={seen} />
            {index === 0 ? null : (
              <IconButton
                label={t`Previous`}
                tooltip={false}
                className={`absolute start-2 bg-stage/50 ${ON_DARK}`}
                onClick={() => go(-1)}
              >
                <ChevronLeft className="rtl:-scale-x-100" />
              </IconButton>
            )}
            {index === gallery.length - 1 ? null : (
              <IconButton
                label={t`Next`}
                tooltip={false}
                className={`absolute end-2 bg-stage/50 ${ON_DARK}`}
                onClick={() => go(1)}
              >
                <ChevronRight className="rtl:-scale-x-100" />
              </IconButton>
            )}
          </div>
          <p className="max-h-24 min-h-4 overflow-y-auto px-4 py-2 pb-[max(0.5rem,env(safe-area-inset-bottom))] text-center text-body">
            <bdi>{seen.body}</bdi>
          </p>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}

/** A name for what has none: by its type, of which only plain letters are taken. */
function nameBy(type: string): string {
  return `file.${/\/(jpeg|png|webp|gif|avif|mp4|webm)$/.exec(type)?.[1] ?? 'bin'}`
}

function Shown({ seen: { place, view } }: { seen: Seen }) {
  const { t } = useLingui()
  const { status, url, load } = useFile(place, view, true)
  // Whoever opens it wants it, whatever its size.
  const state = status?.state
  useEffect(() => {
    if (state === 'remote') load()
  }, [state, load])
  if (status?.state === 'failed') {
    return (
      <p role="alert" className="max-w-md text-center">
        <FileFailure code={status.code} />
      </p>
    )
  }
  if (url === undefined) {
    return (
      <div role="status" className="grid justify-items-center gap-2">
        <Spinner className="size-8" />
        <Trans>Loading</Trans>
      </div>
    )
  }
  return view.view === 'video' ? (
    <video
      src={url}
      controls
      autoPlay
      playsInline
      className="max-h-full max-w-full"
      aria-label={view.alt ?? t`Video`}
    />
  ) : (
    <img src={url} alt={view.alt ?? t`Photo`} className="max-h-full max-w-full object-contain" />
  )
}
