import type { Style } from './style-ranges.ts'

interface KeyPress {
  readonly key: string
  readonly ctrlKey: boolean
  readonly metaKey: boolean
  readonly altKey: boolean
  readonly shiftKey: boolean
}

/** The keys of each style, with Ctrl or ⌘: the ones that other messengers have taught. */
export const STYLE_KEYS: { readonly [style in Style]: { readonly key: string; readonly shift: boolean } } = {
  bold: { key: 'b', shift: false },
  italic: { key: 'i', shift: false },
  strikethrough: { key: 'x', shift: true },
  monospace: { key: 'e', shift: false },
  spoiler: { key: 'b', shift: true },
}

export function styleOfKey({ key, ctrlKey, metaKey, altKey, shiftKey }: KeyPress): Style | undefined {
  if (ctrlKey === metaKey || altKey) return undefined
  for (const [style, keys] of Object.entries(STYLE_KEYS)) {
    if (keys.key === key.toLowerCase() && keys.shift === shiftKey) return style as Style
  }
  return undefined
}
