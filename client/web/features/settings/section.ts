/** The sections of the settings, in the order of their list. Each has an address: `/settings/<section>`. */
export const SECTIONS = [
  'profile',
  'appearance',
  'privacy',
  'notifications',
  'lock',
  'devices',
  'storage',
  'about',
] as const
export type Section = (typeof SECTIONS)[number]

/** What an address names, or `undefined` for the list alone. */
export function sectionOf(named: string | undefined): Section | undefined {
  return SECTIONS.find((section) => section === named)
}
