/// <reference types="node" />
import { readFileSync } from 'node:fs'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import {
  APPEARANCE_KEY,
  applyAppearance,
  type AppearanceRoot,
  DEFAULT_APPEARANCE,
  parseAppearance,
  TEXT_SIZES,
  THEMES,
} from './appearance.ts'
import { directionOf, LANGUAGES, languageOf } from '../i18n/languages.ts'

const SCRIPT = readFileSync(new URL('../public/appearance.js', import.meta.url), 'utf8')

interface Root extends AppearanceRoot {
  lang: string
  dir: string
}
const newRoot = (): Root => ({ dataset: {}, style: { fontSize: '' }, lang: '', dir: '' })

function byScript(kept: string | null, languages: readonly string[] = []): Root {
  const root = newRoot()
  runInNewContext(SCRIPT, {
    document: { documentElement: root },
    navigator: { languages },
    localStorage: { getItem: (key: string) => (key === APPEARANCE_KEY ? kept : null) },
  })
  return root
}

function byModule(kept: string | null, languages: readonly string[] = []): Root {
  const root = newRoot()
  const appearance = parseAppearance(kept)
  applyAppearance(root, appearance)
  root.lang = languageOf(appearance.language, languages)
  root.dir = directionOf(root.lang)
  return root
}

const LANGUAGE_CHOICES = ['system', ...LANGUAGES] as const
const CHOICES = THEMES.flatMap((theme) =>
  TEXT_SIZES.map((textSize, index) => ({
    theme,
    textSize,
    language: LANGUAGE_CHOICES[index % LANGUAGE_CHOICES.length] ?? 'system',
  })),
)
const BROKEN = [
  null,
  '',
  '{',
  'null',
  '7',
  '"dark"',
  '[]',
  '{"theme":"neon","textSize":900,"language":"AR"}',
  '{"textSize":"150"}',
]

describe('appearance', () => {
  it.each(CHOICES)('reads back what was kept: $theme, $textSize %, $language', (choice) => {
    expect(parseAppearance(JSON.stringify(choice))).toEqual(choice)
  })

  it.each([...CHOICES.map((choice) => JSON.stringify(choice)), ...BROKEN])(
    'is the same before the first paint as after: %s',
    (kept) => expect(byScript(kept)).toEqual(byModule(kept)),
  )

  it.each([['ar-EG', 'de'], ['fr', 'DE-at', 'ar'], ['fr'], []].map((languages) => ({ languages })))(
    'has the same language before the first paint as after, where none is chosen: $languages',
    ({ languages }) => expect(byScript(null, languages)).toEqual(byModule(null, languages)),
  )

  it.each(BROKEN)('takes the defaults for what it does not understand: %s', (kept) => {
    expect(parseAppearance(kept)).toEqual(DEFAULT_APPEARANCE)
  })

  it('starts with the defaults where storage is refused', () => {
    const root = newRoot()
    const refuse = () => {
      throw new Error('SecurityError')
    }
    const navigator = { languages: ['de-DE'] }
    runInNewContext(SCRIPT, { document: { documentElement: root }, navigator, localStorage: { getItem: refuse } })
    expect(root).toEqual({ dataset: {}, style: { fontSize: '' }, lang: 'de', dir: 'ltr' })
  })
})
