/// <reference types="node" />
import { readFileSync } from 'node:fs'
import { formatter } from '@lingui/format-po'
import { expect, it } from 'vitest'

const CATALOGUE = readFileSync(new URL('locales/en/messages.po', import.meta.url), 'utf8')

it('in the language of the source, every text is shown as it stands there', async () => {
  const context = { locale: 'en', sourceLocale: 'en', filename: 'messages.po' }
  const texts = Object.values((await formatter().parse(CATALOGUE, context)) ?? {})
  expect(texts.length).toBeGreaterThan(700)
  expect(texts.filter(({ message, translation }) => message !== translation)).toEqual([])
})
