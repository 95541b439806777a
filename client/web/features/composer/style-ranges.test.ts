import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { STYLES, type StyleRange } from '#protocol/content/content.ts'
import { afterEdit, editBetween, stylesAt, trimmed, withStyle } from './style-ranges.ts'

const none = new Set<never>()
const bold = (start: number, length: number): StyleRange => ({ start, length, style: 'bold' })

describe('styles of a text that is written', () => {
  it('tell one edit from two texts, by the caret among equal letters', () => {
    expect(editBetween('aa', 'aaa', 1)).toEqual({ at: 0, removed: 0, inserted: 1 })
    expect(editBetween('aa', 'aaa', 3)).toEqual({ at: 2, removed: 0, inserted: 1 })
    expect(editBetween('hello', 'help', 4)).toEqual({ at: 3, removed: 2, inserted: 1 })
    expect(editBetween('hello', '', 0)).toEqual({ at: 0, removed: 5, inserted: 0 })
  })

  it('make the new text of the old one by the edit, whatever was typed', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.nat(), (before, after, place) => {
        const caret = after.length === 0 ? 0 : place % (after.length + 1)
        const { at, removed, inserted } = editBetween(before, after, caret)
        expect(before.slice(0, at) + after.slice(at, at + inserted) + before.slice(at + removed)).toBe(after)
      }),
    )
  })

  it('grow with what is typed inside, move with what is typed before, end with what is deleted', () => {
    expect(afterEdit([bold(2, 3)], { at: 3, removed: 0, inserted: 2 }, new Set(['bold']))).toEqual([bold(2, 5)])
    expect(afterEdit([bold(2, 3)], { at: 0, removed: 0, inserted: 4 }, none)).toEqual([bold(6, 3)])
    expect(afterEdit([bold(2, 3)], { at: 1, removed: 5, inserted: 0 }, none)).toEqual([])
    expect(afterEdit([bold(2, 3)], { at: 5, removed: 0, inserted: 1 }, none)).toEqual([bold(2, 3)])
    expect(afterEdit([bold(0, 4)], { at: 2, removed: 0, inserted: 1 }, none)).toEqual([bold(0, 2), bold(3, 2)])
  })

  it('are switched on and off on part of a text', () => {
    expect(withStyle([bold(0, 6)], 'bold', 2, 4, false)).toEqual([bold(0, 2), bold(4, 2)])
    expect(withStyle([bold(0, 2), bold(4, 2)], 'bold', 1, 5, true)).toEqual([bold(0, 6)])
    expect([...stylesAt([bold(0, 3)], 3, 3)]).toEqual(['bold'])
    expect([...stylesAt([bold(0, 3)], 2, 4)]).toEqual([])
  })

  it('stay inside the text, without overlaps of one style, through any edits', () => {
    const range = fc.record({
      start: fc.nat(12),
      length: fc.integer({ min: 1, max: 12 }),
      style: fc.constantFrom(...STYLES),
    })
    const active = fc.subarray([...STYLES])
    fc.assert(
      fc.property(
        fc.array(range),
        fc.nat(24),
        fc.nat(24),
        fc.nat(6),
        active,
        (ranges, at, removed, inserted, styles) => {
          const length = 24
          const place = Math.min(at, length)
          const gone = Math.min(removed, length - place)
          const after = afterEdit(ranges, { at: place, removed: gone, inserted }, new Set(styles))
          for (const { start, length: of } of after)
            expect(start >= 0 && of > 0 && start + of <= length - gone + inserted).toBe(true)
          for (const style of STYLES) {
            const own = after.filter((one) => one.style === style)
            for (const [index, one] of own.entries()) {
              const next = own[index + 1]
              expect(next === undefined || one.start + one.length < next.start).toBe(true)
            }
          }
        },
      ),
    )
  })

  it('move along when blanks around the text are left out', () => {
    expect(trimmed('  hi you \n', [bold(0, 4), bold(5, 5)])).toEqual({
      body: 'hi you',
      styles: [bold(0, 2), bold(3, 3)],
    })
  })
})
