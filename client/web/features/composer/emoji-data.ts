/** The emoji of this build that can be shown here, in the form that the picker takes. */

import type { EmojiData } from 'frimousse'
import type { PackedEmoji, PackedEmojis } from './emoji-packed.ts'
import { newestVersion } from './emoji-version.ts'

const TONES = ['light', 'medium-light', 'medium', 'medium-dark', 'dark'] as const
type Toned = Record<(typeof TONES)[number], string>

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
export async function loadEmoji(locale: string): Promise<EmojiData> {
  const { emoji, groups, tones } = await loadPacked()
  return {
    locale,
    emojis: emoji.map(toPicker),
    categories: groups.map(({ order, label }) => ({ index: order, label: capital(label) })),
    skinTones: byTone(tones.map(capital)),
  }
}
