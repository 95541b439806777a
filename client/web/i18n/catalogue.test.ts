/// <reference types="node" />
import { readFileSync } from 'node:fs'
import { createCompiledCatalog } from '@lingui/cli/api'
import { formatter } from '@lingui/format-po'
import { describe, expect, it } from 'vitest'
import { LANGUAGES, SOURCE_LANGUAGE } from './languages.ts'

const CATALOGUE = (locale: string) => readFileSync(new URL(`locales/${locale}/messages.po`, import.meta.url), 'utf8')
const TRANSLATIONS = LANGUAGES.filter((locale) => locale !== SOURCE_LANGUAGE)

async function textsOf(locale: string) {
  const context = { locale, sourceLocale: SOURCE_LANGUAGE, filename: 'messages.po' }
  return (await formatter().parse(CATALOGUE(locale), context)) ?? {}
}

/** What a text is compiled to: strings, and places for what stands there. */
type Tokens = string | readonly (string | Place)[]
type Place = readonly [name: string, kind?: string, forms?: Readonly<Record<string, Tokens>> | string]

/** The places of a text wherever they stand, and its tags. A plural's forms may each leave out what others have. */
interface Shape {
  readonly places: Set<string>
  readonly tags: Set<string>
  /** The forms that each plural has. */
  readonly plurals: string[][]
}

function shapeOf(tokens: Tokens, shape: Shape = { places: new Set(), tags: new Set(), plurals: [] }): Shape {
  for (const token of typeof tokens === 'string' ? [tokens] : tokens) {
    if (typeof token === 'string') {
      for (const [tag] of token.matchAll(/<\/?\d+\/?>/g)) shape.tags.add(tag)
      continue
    }
    const [name, kind = '', forms] = token
    // The number in a form of a plural: the form for one or two may say it in words.
    if (name === '#') continue
    const choices = kind === 'select' && typeof forms === 'object' ? Object.keys(forms).sort().join('|') : ''
    shape.places.add(`${name} ${kind} ${choices}`)
    if (typeof forms !== 'object') continue
    if (kind === 'plural') shape.plurals.push(Object.keys(forms).filter((form) => form !== 'offset'))
    for (const [form, inner] of Object.entries(forms)) if (form !== 'offset') shapeOf(inner, shape)
  }
  return shape
}

function shapesOf(locale: string, texts: Readonly<Record<string, string>>): ReadonlyMap<string, Shape> {
  const { source, errors } = createCompiledCatalog(locale, texts, { namespace: 'json' })
  expect(errors).toEqual([])
  const { messages } = JSON.parse(source) as { messages: Readonly<Record<string, Tokens>> }
  return new Map(Object.entries(messages).map(([id, tokens]) => [id, shapeOf(tokens)]))
}

it('in the language of the source, every text is shown as it stands there', async () => {
  const texts = Object.values(await textsOf(SOURCE_LANGUAGE))
  expect(texts.length).toBeGreaterThan(700)
  expect(texts.filter(({ message, translation }) => message !== translation)).toEqual([])
})

describe.each(TRANSLATIONS)('the texts in %s', (locale) => {
  it('are those of the source, and each is translated', async () => {
    const texts = await textsOf(locale)
    expect(Object.keys(texts).toSorted()).toEqual(Object.keys(await textsOf(SOURCE_LANGUAGE)).toSorted())
    const missing = Object.values(texts).filter(({ translation }) => translation === '')
    expect(missing.map(({ message }) => message)).toEqual([])
  })

  it('have the same places and tags as those of the source, and all forms of plurals that the language has', async () => {
    const texts = await textsOf(locale)
    const translated = Object.entries(texts).filter(([, { translation }]) => translation !== '')
    expect(translated.length).toBeGreaterThan(700)
    const shapes = shapesOf(locale, Object.fromEntries(translated.map(([id, { translation }]) => [id, translation])))
    const source = Object.fromEntries(translated.map(([id, { message = '' }]) => [id, message]))
    const forms = new Intl.PluralRules(locale).resolvedOptions().pluralCategories.toSorted()
    for (const [id, expected] of shapesOf(SOURCE_LANGUAGE, source)) {
      const { places, tags, plurals } = shapes.get(id) ?? {}
      expect({ text: source[id], places, tags }).toEqual({
        text: source[id],
        places: expected.places,
        tags: expected.tags,
      })
      for (const there of plurals ?? []) expect([source[id], ...there.toSorted()]).toEqual([source[id], ...forms])
    }
  })
})
