/** The emoji of this build that can be shown here, in the form that the picker takes. */

import type { EmojiData } from 'frimousse'
import type { PackedEmoji, PackedEmojis } from './emoji-packed.ts'
import { type Tone, TONES } from './emoji-labels.ts'
import { newestVersion } from './emoji-version.ts'

type Toned = Record<Tone, string>

/** What groups and tones are called, in the language of the interface. */
export interface EmojiLabels {
  readonly groups: Readonly<Record<number, string>>
  readonly tones: Readonly<Toned>
}

let shown: Promise<PackedEmojis> | undefined

/** All that the fonts here have. Fetched once; what failed is tried again at the next call. */
export function loadPacked(): Promise<PackedEmojis> {
  shown ??= import('virtual:emoji').then(({ default: packed }) => {
    const newest = newestVersion()
    return { ...packed, emoji: packed.emoji.filter(([, , , version]) => version <= newest) }
  })
  shown.catch(() => (shown = undefined))
  return shown
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
const byTone = (signs: readonly string[]): Toned =>
  Object.fromEntries(TONES.map((tone, at) => [tone, signs[at] ?? ''])) as Toned

function toPicker([emoji, label, category, version, tags, names, toned]: PackedEmoji): EmojiData['emojis'][number] {
  return {
    emoji,
    label: capital(label),
    category,
    version,
    tags: `${tags} ${names}`.trim().split(' '),
    ...(toned === '' ? {} : { skins: byTone(toned.split(' ')) }),
  }
}

/** For the picker. */
export async function loadEmoji(locale: string, labels: EmojiLabels): Promise<EmojiData> {
  const { emoji, groups } = await loadPacked()
  return {
    locale,
    emojis: emoji.map(toPicker),
    categories: groups.map((index) => ({ index, label: labels.groups[index] ?? '' })),
    skinTones: labels.tones,
  }
}
