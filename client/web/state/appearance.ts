/**
 * How the client looks on this device: theme, text size and language. Kept in `localStorage` under one key, because it has to be
 * known before the first paint, when neither the engine nor its encrypted store is open; it says nothing of anybody.
 * `public/appearance.js` applies the same before the page is drawn; a test holds the two to one result.
 */

import { create } from 'zustand'
import { isLanguage, type LanguageChoice } from '../i18n/languages.ts'

export const APPEARANCE_KEY = 'silentrelay.appearance'

export const THEMES = ['system', 'light', 'dark'] as const
export type Theme = (typeof THEMES)[number]

/** Percent of the browser's own text size: every size of the interface is in rem. */
export const TEXT_SIZES = [87.5, 100, 112.5, 125, 150] as const
export type TextSize = (typeof TEXT_SIZES)[number]

export interface Appearance {
  readonly theme: Theme
  readonly textSize: TextSize
  readonly language: LanguageChoice
}

export const DEFAULT_APPEARANCE: Appearance = { theme: 'system', textSize: 100, language: 'system' }

/** Reads what was kept. Whatever is not understood is the default: the store is shared with older and newer builds. */
export function parseAppearance(kept: string | null): Appearance {
  if (kept === null) return DEFAULT_APPEARANCE
  let value: unknown
  try {
    value = JSON.parse(kept)
  } catch {
    return DEFAULT_APPEARANCE
  }
  const { theme, textSize, language } = (value ?? {}) as Readonly<Partial<Record<keyof Appearance, unknown>>>
  return {
    theme: THEMES.find((known) => known === theme) ?? DEFAULT_APPEARANCE.theme,
    textSize: TEXT_SIZES.find((known) => known === textSize) ?? DEFAULT_APPEARANCE.textSize,
    language: isLanguage(language) ? language : DEFAULT_APPEARANCE.language,
  }
}

/**
 * What of the root element carries the appearance: the tokens of the theme select by `data-theme`. Its language is that of the
 * texts that are there, and set with them (`i18n/i18n.ts`).
 */
export interface AppearanceRoot {
  readonly dataset: DOMStringMap
  readonly style: { fontSize: string }
}

export function applyAppearance(root: AppearanceRoot, { theme, textSize }: Omit<Appearance, 'language'>): void {
  if (theme === 'system') delete root.dataset['theme']
  else root.dataset['theme'] = theme
  root.style.fontSize = textSize === 100 ? '' : `${textSize}%`
}

interface AppearanceState extends Appearance {
  readonly change: (change: Partial<Appearance>) => void
}

/** Storage may be refused altogether (a browser that blocks site data): then the choice lasts as long as the page. */
function read(): string | null {
  try {
    return localStorage.getItem(APPEARANCE_KEY)
  } catch {
    return null
  }
}

function keep(appearance: Appearance): void {
  try {
    localStorage.setItem(APPEARANCE_KEY, JSON.stringify(appearance))
  } catch {
    // See `read`.
  }
}

export const useAppearance = create<AppearanceState>((set, get) => ({
  ...parseAppearance(read()),
  change: (change) => {
    const { theme, textSize, language } = { ...get(), ...change }
    keep({ theme, textSize, language })
    set({ theme, textSize, language })
  },
}))

/** Applies the appearance now, on every change, and on every change that another tab makes. Answers what ends it. */
export function followAppearance(): () => void {
  const root = document.documentElement
  applyAppearance(root, useAppearance.getState())
  const unsubscribe = useAppearance.subscribe((appearance) => applyAppearance(root, appearance))
  const onStorage = (event: StorageEvent) => {
    if (event.key === APPEARANCE_KEY || event.key === null) useAppearance.setState(parseAppearance(event.newValue))
  }
  addEventListener('storage', onStorage)
  return () => {
    unsubscribe()
    removeEventListener('storage', onStorage)
  }
}
