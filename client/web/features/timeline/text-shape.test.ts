import { describe, expect, it } from 'vitest'
import { FOLD_LINES, FOLD_UNITS, foldAt, hasPlainEnd, isVisible, largeEmojiIn } from './text-shape.ts'

describe('the shape of a text', () => {
  it('is large for up to three emoji alone', () => {
    expect(largeEmojiIn('👩‍👩‍👧‍👦 🇳🇴')).toBe(2)
    expect(largeEmojiIn('❤️')).toBe(1)
    expect(largeEmojiIn('🎉🎉🎉🎉')).toBe(0)
    expect(largeEmojiIn('🎉 hooray')).toBe(0)
    expect(largeEmojiIn('7')).toBe(0)
    expect(largeEmojiIn('💥'.repeat(6_000))).toBe(0)
  })

  it('is invisible when nothing of it would show', () => {
    for (const nothing of ['\u200B'.repeat(2_000), ' \n\t', '\u2800\u3164', '\u202E\u2066'])
      expect(isVisible(nothing)).toBe(false)
    for (const something of ['a', '🧊', 'zero\u200Bwidth', '١']) expect(isVisible(something)).toBe(true)
  })

  it('is folded when it is long, by letters or by lines', () => {
    expect(foldAt('short')).toBeUndefined()
    expect(foldAt('a'.repeat(FOLD_UNITS))).toBeUndefined()
    expect(foldAt('a'.repeat(20_000))).toBe(FOLD_UNITS)
    expect(foldAt('word '.repeat(5_000))).toBeLessThanOrEqual(FOLD_UNITS)
    expect(foldAt('\n'.repeat(500))).toBe(FOLD_LINES - 1)
  })

  it('has a plain end when its lines all end on one side', () => {
    expect(hasPlainEnd('Two lines\nof text')).toBe(true)
    for (const other of ['בוקר טוב', 'abc مرحبا', '🎉', 'a'.repeat(20_000), '\u200B'])
      expect(hasPlainEnd(other)).toBe(false)
  })
})
