import { Trans, useLingui } from '@lingui/react/macro'
import { EmojiPicker as Picker } from 'frimousse'
import { Search } from 'lucide-react'
import { type KeyboardEvent, useCallback } from 'react'
import { directionOf } from '../../i18n/languages.ts'
import { Spinner } from '../../kit/index.ts'
import { loadEmoji } from './emoji-data.ts'
import { GROUP_LABELS, type Tone, TONE_LABELS, TONES } from './emoji-labels.ts'

/** frimousse counts rows and columns from 0, WAI-ARIA from 1. */
const fromOne = (index: number | undefined): number | undefined => (index === undefined ? undefined : index + 1)

const MIRRORED: Readonly<Record<string, string>> = { ArrowLeft: 'ArrowRight', ArrowRight: 'ArrowLeft' }

/** Where rows begin on the right, an arrow key leads where it points: the picker takes the right one for the next emoji. */
function mirrorArrows(event: KeyboardEvent): void {
  const key = MIRRORED[event.key]
  // Not the one that is made here.
  if (key === undefined || !event.isTrusted) return
  event.stopPropagation()
  event.preventDefault()
  event.target.dispatchEvent(new globalThis.KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }))
}

/** All emoji, with a search. Its data are part of this build: nothing is asked of anybody else. */
export default function EmojiPicker({ onEmoji }: { onEmoji: (emoji: string) => void }) {
  const { t, i18n } = useLingui()
  const load = useCallback(
    (locale: string) => {
      const groups = Object.entries(GROUP_LABELS).map(([group, label]) => [group, i18n._(label)])
      const tones = TONES.map((tone) => [tone, i18n._(TONE_LABELS[tone])])
      return loadEmoji(locale, {
        groups: Object.fromEntries(groups) as Record<number, string>,
        tones: Object.fromEntries(tones) as Record<Tone, string>,
      })
    },
    [i18n],
  )
  const isMirrored = directionOf(i18n.locale) === 'rtl'
  return (
    <Picker.Root
      columns={8}
      resolveEmojiData={load}
      onEmojiSelect={({ emoji }) => onEmoji(emoji)}
      className="flex min-h-0 flex-1 flex-col"
      {...(isMirrored ? { onKeyDownCapture: mirrorArrows } : {})}
    >
      <div className="flex items-center gap-2 border-b border-line px-3 focus-within:outline-2 focus-within:outline-offset-[-2px] focus-within:outline-ring">
        <Search aria-hidden className="size-4.5 shrink-0 text-muted" />
        <Picker.Search
          autoFocus
          aria-label={t`Search emoji`}
          placeholder={t`Search emoji`}
          className="min-h-11 min-w-0 flex-1 appearance-none bg-transparent outline-none"
        />
        <Picker.SkinToneSelector
          aria-label={t`Change the skin tone`}
          className="grid size-9 place-items-center rounded-control text-heading hover:bg-hover"
        />
      </div>
      <Picker.Viewport
        // Arrow keys go from emoji to emoji here too, so that it can be reached past the search.
        tabIndex={0}
        role="group"
        aria-label={t`Emoji`}
        className="relative min-h-0 flex-1 outline-offset-[-2px]"
      >
        <Picker.Loading className="absolute inset-0 grid place-content-center">
          <Spinner className="size-6" />
        </Picker.Loading>
        <Picker.Empty className="absolute inset-0 grid place-content-center text-muted">
          <Trans>No emoji found.</Trans>
        </Picker.Empty>
        <Picker.List
          className="pb-1.5 select-none"
          components={{
            CategoryHeader: ({ category, ...props }) => (
              <div {...props} className="bg-surface px-3 pt-3 pb-1.5 text-meta font-semibold text-muted">
                {category.label}
              </div>
            ),
            Row: ({ children, ...props }) => (
              <div {...props} aria-rowindex={fromOne(props['aria-rowindex'])} className="scroll-my-1.5 px-1.5">
                {children}
              </div>
            ),
            Emoji: ({ emoji, ...props }) => (
              <button
                {...props}
                aria-colindex={fromOne(props['aria-colindex'])}
                type="button"
                className="grid size-9.5 place-items-center rounded-control text-[1.4rem] leading-none outline-offset-[-2px] outline-ring data-active:bg-hover data-active:outline-2"
              >
                {emoji.emoji}
              </button>
            ),
          }}
        />
      </Picker.Viewport>
    </Picker.Root>
  )
}
