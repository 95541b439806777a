import { useLingui } from '@lingui/react/macro'
import type { MediaPlace, MediaView } from '#sdk/index.ts'
import { isShowable } from './blobs.ts'
import { FileRow } from './file-row.tsx'
import { isVisual, tilesOf } from './layout.ts'
import { Picture } from './picture.tsx'
import { Sending } from './sending.tsx'
import { Voice } from './voice.tsx'

interface MediaBodyProps {
  readonly place: Omit<MediaPlace, 'item'>
  readonly items: readonly MediaView[]
  readonly outgoing: boolean
  readonly tabIndex: number
}

/** The files of a message. Pictures and films first, then the others. */
export default function MediaBody({ place, items, outgoing, tabIndex }: MediaBodyProps) {
  const { t } = useLingui()
  const files = items.map((view, item) => ({ view, place: { ...place, item } }))
  const visual = files.filter(({ view }) => isVisual(view) && isShowable(view.type))
  const others = files.filter((file) => !visual.includes(file))
  const tiles = tilesOf(visual.map(({ view }) => view))
  return (
    <div role="group" aria-label={t`Files`}>
      {visual.length === 0 ? null : (
        <div className="mb-1 flex max-w-68 flex-wrap gap-1">
          {visual.map(({ view, place: where }, at) => (
            <Picture
              key={where.item}
              view={view}
              place={where}
              box={tiles[at] ?? { width: 96, height: 96 }}
              tabIndex={tabIndex}
            />
          ))}
        </div>
      )}
      {others.map(({ view, place: where }) =>
        view.view === 'voice' && isShowable(view.type) ? (
          <Voice key={where.item} view={view} place={where} tabIndex={tabIndex} />
        ) : (
          <FileRow key={where.item} view={view} place={where} tabIndex={tabIndex} />
        ),
      )}
      {outgoing ? <Sending place={place} items={items} tabIndex={tabIndex} /> : null}
    </div>
  )
}
