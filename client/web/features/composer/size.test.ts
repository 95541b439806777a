import { expect, it } from 'vitest'
import { LIMITS } from '#protocol/limits.ts'
import { roomFor, styleRoomFor } from './size.ts'

it('the room of a message counts octets, not letters, and is mentioned near its end only', () => {
  expect(roomFor('short').near).toBe(false)
  expect(roomFor('a'.repeat(LIMITS.textBytes))).toEqual({ left: 0, near: true })
  expect(roomFor('a'.repeat(LIMITS.textBytes / 2)).near).toBe(false)
  expect(roomFor('💥'.repeat(6_145))).toEqual({ left: -4, near: true })
})

it('a message has room for so many styles as the protocol allows; those of blanks around the text do not count', () => {
  const every = (count: number) =>
    Array.from({ length: count }, (_, at) => ({ start: at * 2, length: 1, style: 'bold' }) as const)
  const text = 'a '.repeat(LIMITS.styleRanges + 3)
  expect(styleRoomFor('short', [])).toBe(LIMITS.styleRanges)
  expect(styleRoomFor(text, every(LIMITS.styleRanges))).toBe(0)
  expect(styleRoomFor(text, every(LIMITS.styleRanges + 2))).toBe(-2)
  expect(styleRoomFor(`${' '.repeat(4)}${text}`, every(LIMITS.styleRanges + 2))).toBe(0)
})
