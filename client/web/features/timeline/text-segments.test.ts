import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { STYLES } from '#protocol/content/content.ts'
import { segmentsOf } from './text-segments.ts'

const plain = (body: string, ...rest: Parameters<typeof segmentsOf> extends [string, ...infer R] ? R : never) =>
  segmentsOf(body, ...rest).map(({ text, styles, link }) => [text, [...styles].sort().join('+'), link?.href])

describe('segments of a text', () => {
  it('split where styles nest and overlap', () => {
    const styles = [
      { start: 0, length: 5, style: 'bold' },
      { start: 3, length: 4, style: 'italic' },
    ] as const
    expect(plain('abcdefgh', { styles })).toEqual([
      ['abc', 'bold', undefined],
      ['de', 'bold+italic', undefined],
      ['fg', 'italic', undefined],
      ['h', '', undefined],
    ])
  })

  it('link addresses of the web and of mail, and nothing else', () => {
    expect(plain('see example.org and a@example.org')).toEqual([
      ['see ', '', undefined],
      ['example.org', '', 'https://example.org/'],
      [' and ', '', undefined],
      ['a@example.org', '', 'mailto:a@example.org'],
    ])
    for (const hostile of [
      'javascript:alert(1)',
      'data:text/html,<b>',
      'file:///etc/passwd',
      'vbscript:x',
      'ftp://a.b',
    ]) {
      for (const segment of segmentsOf(hostile)) {
        expect(segment.link?.href ?? 'https:').toMatch(/^(https?|mailto):/)
      }
    }
    expect(segmentsOf('javascript:alert(1)').every(({ link }) => link === undefined)).toBe(true)
  })

  it('name the true host of an address that looks like another', () => {
    expect(segmentsOf('https://\u0430pple.com/')[0]?.link?.host).toBe('xn--pple-43d.com')
    expect(segmentsOf('https://apple.com/')[0]?.link?.host).toBeUndefined()
  })

  it('do not let an override turn a text around', () => {
    const text = segmentsOf('x\u202Efdp.exe')
      .map((segment) => segment.text)
      .join('')
    expect(text).not.toMatch(/[\u202D\u202E]/)
    expect(text).toHaveLength(9)
  })

  it('say whom they name, and make no link of a name', () => {
    const mentions = [{ start: 3, length: 12, account: 'mira' }]
    expect(
      segmentsOf('hi @example.org and example.org', { mentions }).map(({ mention, link }) => [mention, link?.href]),
    ).toEqual([
      [undefined, undefined],
      ['mira', undefined],
      [undefined, undefined],
      [undefined, 'https://example.org/'],
    ])
  })

  it('never break a character, whatever the ranges say', () => {
    const range = fc.record({
      start: fc.nat(40),
      length: fc.integer({ min: 1, max: 40 }),
      style: fc.constantFrom(...STYLES),
      account: fc.constantFrom('a', 'b'),
    })
    const body = fc.string({ unit: 'grapheme', maxLength: 30 }).filter((text) => !/[\u202D\u202E]/.test(text))
    fc.assert(
      fc.property(body, fc.array(range, { maxLength: 8 }), fc.nat(40), (text, ranges, end) => {
        const segments = segmentsOf(text, { styles: ranges, mentions: ranges }, end)
        expect(text.startsWith(segments.map((segment) => segment.text).join(''))).toBe(true)
        for (const segment of segments) expect(segment.text).not.toMatch(/\p{Cs}/u)
      }),
    )
  })
})
