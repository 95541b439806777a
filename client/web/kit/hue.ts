/** How many hues people have. */
export const HUES = 8

/** A person's hue, from 0 to 7: the same everywhere, by FNV-1a of 32 bits. */
export function hueOf(id: string): number {
  let value = 0x811c9dc5
  for (let i = 0; i < id.length; i++) value = Math.imul(value ^ id.charCodeAt(i), 0x01000193) >>> 0
  return value % HUES
}

const TEXTS = [
  'text-person-1',
  'text-person-2',
  'text-person-3',
  'text-person-4',
  'text-person-5',
  'text-person-6',
  'text-person-7',
  'text-person-8',
] as const

/** The class of a person's name: the hue of its avatar, as text on a surface. The name says who it is; the colour helps. */
export function personColour(id: string): string {
  return TEXTS[hueOf(id)] ?? TEXTS[0]
}
