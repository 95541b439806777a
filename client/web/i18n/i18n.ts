import { i18n, type Messages } from '@lingui/core'
import { directionOf, type Language, languageOf, type LanguageChoice, localeOf, SOURCE_LANGUAGE } from './languages.ts'
import { messages as english } from './locales/en/messages.po'

/** Each is a script of its own, fetched when it is wanted; the source's texts are there from the start. */
const CATALOGUES: Readonly<Record<Exclude<Language, 'en'>, () => Promise<{ readonly messages: Messages }>>> = {
  de: () => import('./locales/de/messages.po'),
  ar: () => import('./locales/ar/messages.po'),
}

i18n.loadAndActivate({ locale: SOURCE_LANGUAGE, messages: english })

/** The language that was asked for last: an answer that comes late changes nothing any more. */
let asked: Language | undefined
/** The language of the texts that are shown. */
let shown: Language = SOURCE_LANGUAGE

/**
 * Shows everything in the language that is chosen, and tells the page: its `lang`, and its `dir`, which every style and every
 * widget follows. Where its texts cannot be fetched, what is shown stays as it is. Never rejects.
 */
export async function speak(choice: LanguageChoice): Promise<void> {
  const wanted = navigator.languages
  const language = languageOf(choice, wanted)
  asked = language
  try {
    const messages = language === 'en' ? english : (await CATALOGUES[language]()).messages
    if (asked === language) {
      shown = language
      i18n.loadAndActivate({ locale: localeOf(language, wanted), messages })
    }
  } catch {
    // Neither the network nor the service worker has it: the next start asks again.
  }
  const root = document.documentElement
  root.lang = shown
  root.dir = directionOf(shown)
}

export { i18n }
