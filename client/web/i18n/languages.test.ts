import { describe, expect, it } from 'vitest'
import { directionOf, languageOf, localeOf } from './languages.ts'

describe('the language that is shown', () => {
  it('is the chosen one, whatever the browser wants', () => {
    expect(languageOf('ar', ['de-DE', 'en'])).toBe('ar')
  })

  it.each([
    [['fr-FR', 'de-AT', 'en'], 'de'],
    [['AR-eg'], 'ar'],
    [['dea', 'x'], 'en'],
    [[], 'en'],
  ] as const)('is the first of %j that there is: %s', (wanted, language) => {
    expect(languageOf('system', wanted)).toBe(language)
  })

  it('keeps the region that the browser names for it, in dates and numbers', () => {
    expect(localeOf('de', ['en-GB', 'de-AT', 'de'])).toBe('de-AT')
    expect(localeOf('en', ['de-AT'])).toBe('en')
    expect(localeOf('ar', ['ar-MA'])).toBe('ar-MA')
    // Not a tag that `Intl` takes.
    expect(localeOf('de', ['de-', 'de-CH'])).toBe('de-CH')
  })

  it('has one kind of digits in all regions, that of safety numbers', () => {
    const locale = localeOf('ar', ['ar-EG'])
    expect(locale).toMatch(/^ar-EG-/)
    expect(new Intl.NumberFormat(locale).format(1234)).toBe('1,234')
    expect(new Intl.PluralRules(locale).select(2)).toBe('two')
  })

  it('is written from the right where it is Arabic', () => {
    expect(['ar', 'ar-MA', 'de-AT', 'en'].map(directionOf)).toEqual(['rtl', 'rtl', 'ltr', 'ltr'])
  })
})
