/** The emoji of this build, from emojibase's data, in the form that the picker takes. */

import dataUrl from 'emojibase-data/en/data.json?url'
import messagesUrl from 'emojibase-data/en/messages.json?url'
import type { EmojiData } from 'frimousse'

/** The parts of emojibase's files that are used. */
interface BaseEmoji {
  readonly emoji: string
  readonly label: string
  readonly version: number
  /** Absent for the letters that flags are made of. */
  readonly group?: number
  readonly subgroup?: number
  readonly tags?: readonly string[]
  readonly skins?: readonly { readonly emoji: string; readonly tone?: number | readonly number[] }[]
}
interface BaseMessages {
  readonly groups: readonly { readonly key: string; readonly message: string; readonly order: number }[]
  readonly skinTones: readonly { readonly key: string; readonly message: string }[]
}

/** Skin tones and hair, which are no emoji of their own. */
const COMPONENTS = 2
const TONES = ['light', 'medium-light', 'medium', 'medium-dark', 'dark'] as const

/** One emoji of each version that fonts may not have yet, newest first. */
const NEWEST = [
  [17, '\u{1FAEA}'],
  [16, '\u{1FAE9}'],
  [15.1, '\u{1F426}\u200D\u{1F525}'],
  [15, '\u{1FAE8}'],
  [14, '\u{1FAE0}'],
] as const

/** Whether the fonts here draw `emoji` as one picture in colour. */
function draws(context: OffscreenCanvasRenderingContext2D, emoji: string): boolean {
  const { width, height } = context.canvas
  context.clearRect(0, 0, width, height)
  context.fillText(emoji, 0, 0)
  const single = context.measureText(emoji).width < context.measureText('\u{1F600}').width * 1.5
  const { data } = context.getImageData(0, 0, width, height)
  for (let at = 0; at < data.length; at += 4) {
    // What is drawn with the fill colour is a placeholder's outline; a picture has colours of its own.
    if ((data[at + 3] ?? 0) > 0 && (data[at] !== data[at + 1] || data[at + 1] !== data[at + 2])) return single
  }
  return false
}

function newestVersion(): number {
  const context = new OffscreenCanvas(24, 24).getContext('2d', { willReadFrequently: true })
  if (context === null) return 15
  context.textBaseline = 'top'
  context.font = '20px sans-serif'
  return NEWEST.find(([, emoji]) => draws(context, emoji))?.[0] ?? 13.1
}

async function read<T>(url: string, signal: AbortSignal | undefined): Promise<T> {
  const response = await fetch(url, signal === undefined ? {} : { signal })
  if (!response.ok) throw new Error(`emoji data: ${response.status}`)
  return (await response.json()) as T
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

/** Reads and converts the data. */
export async function loadEmoji(locale: string, { signal }: { signal?: AbortSignal } = {}): Promise<EmojiData> {
  const [all, messages] = await Promise.all([
    read<BaseEmoji[]>(dataUrl, signal),
    read<BaseMessages>(messagesUrl, signal),
  ])
  const newest = newestVersion()
  const emojis = all.flatMap(({ emoji, label, version, group, tags, skins }) => {
    if (group === undefined || group === COMPONENTS || version > newest) return []
    const toned = TONES.flatMap((tone, index) => {
      const skin = skins?.find((one) => one.tone === index + 1)
      return skin === undefined ? [] : [[tone, skin.emoji] as const]
    })
    return [
      {
        emoji,
        label: capital(label),
        category: group,
        version,
        tags: [...(tags ?? [])],
        ...(toned.length === TONES.length
          ? { skins: Object.fromEntries(toned) as Record<(typeof TONES)[number], string> }
          : {}),
      },
    ]
  })
  const categories = messages.groups
    .filter(({ order }) => order !== COMPONENTS)
    .map(({ order, message }) => ({ index: order, label: capital(message) }))
  const tones = messages.skinTones.map(({ key, message }) => [key, capital(message)] as const)
  return { locale, emojis, categories, skinTones: Object.fromEntries(tones) as EmojiData['skinTones'] }
}
