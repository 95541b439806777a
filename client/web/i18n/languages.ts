/**
 * Which languages there are, and which one is shown. Pure: `i18n.ts` loads their texts. `public/appearance.js` chooses by the
 * same rule before the page is drawn; a test holds the two to one result.
 */

export const LANGUAGES = ['en', 'de', 'ar'] as const
export type Language = (typeof LANGUAGES)[number]

/** What is shown where none is wanted that there is: the language of the source. */
export const SOURCE_LANGUAGE: Language = 'en'

/** What somebody chose: a language, or what the browser says that they read. */
export type LanguageChoice = 'system' | Language

/** Each in itself: who looks for it can read it. */
export const LANGUAGE_NAMES: Readonly<Record<Language, string>> = { en: 'English', de: 'Deutsch', ar: 'العربية' }

const RIGHT_TO_LEFT: ReadonlySet<string> = new Set<Language>(['ar'])

/** `de-AT` is German: what stands before the first hyphen of a BCP 47 tag, in lower case. */
const primary = (tag: string): string => tag.toLowerCase().split('-')[0] ?? ''

export const isLanguage = (value: unknown): value is Language => LANGUAGES.some((known) => known === value)

/** @param wanted BCP 47 tags, the most wanted first: `navigator.languages` */
export function languageOf(choice: LanguageChoice, wanted: readonly string[]): Language {
  if (choice !== 'system') return choice
  for (const tag of wanted) {
    const language = primary(tag)
    if (isLanguage(language)) return language
  }
  return SOURCE_LANGUAGE
}

/**
 * The language with the region that dates, numbers and lists are written for: German is shown to somebody from Vienna as
 * `de-AT`. Digits are those of safety numbers and codes everywhere: texts have them too, and one line should not have both
 * kinds. A tag that `Intl` does not take is passed over.
 */
export function localeOf(language: Language, wanted: readonly string[]): string {
  for (const tag of wanted) {
    if (primary(tag) !== language) continue
    try {
      if (Intl.DateTimeFormat.supportedLocalesOf(tag).length > 0) return withDigits(tag)
    } catch {
      // Not a BCP 47 tag.
    }
  }
  return language
}

/** Only where it changes anything: the tag is seen where it is told which locale is shown. */
function withDigits(tag: string): string {
  if (new Intl.NumberFormat(tag).resolvedOptions().numberingSystem === 'latn') return tag
  return new Intl.Locale(tag, { numberingSystem: 'latn' }).toString()
}

export const directionOf = (locale: string): 'ltr' | 'rtl' => (RIGHT_TO_LEFT.has(primary(locale)) ? 'rtl' : 'ltr')
