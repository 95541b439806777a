import type { MessageDescriptor } from '@lingui/core'
import { msg } from '@lingui/core/macro'

export const TONES = ['light', 'medium-light', 'medium', 'medium-dark', 'dark'] as const
export type Tone = (typeof TONES)[number]

/** By emojibase's numbers. 2 are parts of emoji, which are none by themselves. */
export const GROUP_LABELS: Readonly<Record<number, MessageDescriptor>> = {
  0: msg`Smileys and emotion`,
  1: msg`People and body`,
  3: msg`Animals and nature`,
  4: msg`Food and drink`,
  5: msg`Travel and places`,
  6: msg`Activities`,
  7: msg`Objects`,
  8: msg`Symbols`,
  9: msg`Flags`,
}

export const TONE_LABELS: Readonly<Record<Tone, MessageDescriptor>> = {
  light: msg`Light skin tone`,
  'medium-light': msg`Medium-light skin tone`,
  medium: msg`Medium skin tone`,
  'medium-dark': msg`Medium-dark skin tone`,
  dark: msg`Dark skin tone`,
}
