import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toBase64url } from '#protocol/bytes.ts'
import { compareCode, compareTyped, safetyCode, type Sides } from './code.ts'

const account = fc.uint8Array({ minLength: 16, maxLength: 16 }).map(toBase64url)
const group = fc.integer({ min: 0, max: 99_999 }).map((value) => String(value).padStart(5, '0'))
const sides = fc
  .record({ own: account, contact: account, number: fc.array(group, { minLength: 12, maxLength: 12 }) })
  .filter(({ own, contact }) => own !== contact)

function mirrored({ own, contact, number }: Sides): Sides {
  return { own: contact, contact: own, number }
}

describe('safety code', () => {
  it('matches when both sides hold the same number', () => {
    fc.assert(
      fc.property(sides, (one) => {
        expect(compareCode(safetyCode(mirrored(one)), one)).toBe('match')
      }),
    )
  })

  it('never matches when one digit differs', () => {
    fc.assert(
      fc.property(sides, fc.nat(59), fc.integer({ min: 1, max: 9 }), (one, at, by) => {
        const digits = one.number.join('')
        const other = digits.slice(0, at) + String((Number(digits[at]) + by) % 10) + digits.slice(at + 1)
        const theirs = safetyCode({ ...mirrored(one), number: [other] })
        expect(compareCode(theirs, one)).toBe('mismatch')
        expect(compareTyped(other, one.number)).toEqual({ state: 'complete', result: 'mismatch' })
      }),
    )
  })

  it('tells a code for other people from a number that differs', () => {
    fc.assert(
      fc.property(sides, account, (one, stranger) => {
        fc.pre(stranger !== one.contact && stranger !== one.own)
        const theirs = safetyCode({ ...mirrored(one), own: stranger })
        expect(compareCode(theirs, one)).toBe('otherConversation')
      }),
    )
  })

  it('knows its own code', () => {
    fc.assert(
      fc.property(sides, (one) => {
        expect(compareCode(safetyCode(one), one)).toBe('ownCode')
      }),
    )
  })

  it('never takes anything else for a match', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 700 }), sides, (scanned, one) => {
        expect(compareCode(scanned, one)).toBe('notACode')
      }),
    )
  })

  it('names a code of a newer client', () => {
    fc.assert(
      fc.property(sides, (one) => {
        const newer = safetyCode(mirrored(one)).replace(':1:', ':2:')
        expect(compareCode(newer, one)).toBe('newerVersion')
      }),
    )
  })
})

describe('typed safety number', () => {
  const number = Array.from({ length: 12 }, (_, at) => String(at).repeat(5).slice(0, 5))

  it.each([
    number.join(' '),
    number.join(''),
    number.join('-'),
    `\n${number.join('\n')} `,
    number.join(' ').normalize('NFKC'),
  ])('is compared by its digits alone', (typed) =>
    expect(compareTyped(typed, number)).toEqual({ state: 'complete', result: 'match' }),
  )

  it('counts the digits of an unfinished one, and names one that is too long', () => {
    expect(compareTyped('', number)).toEqual({ state: 'incomplete', digits: 0 })
    expect(compareTyped('00000 11', number)).toEqual({ state: 'incomplete', digits: 7 })
    expect(compareTyped(`${number.join('')}1`, number)).toEqual({ state: 'tooLong' })
  })
})
