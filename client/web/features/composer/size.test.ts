import { expect, it } from 'vitest'
import { LIMITS } from '#protocol/limits.ts'
import { roomFor } from './size.ts'

it('the room of a message counts octets, not letters, and is mentioned near its end only', () => {
  expect(roomFor('short').near).toBe(false)
  expect(roomFor('a'.repeat(LIMITS.textBytes))).toEqual({ left: 0, near: true })
  expect(roomFor('a'.repeat(LIMITS.textBytes / 2)).near).toBe(false)
  expect(roomFor('💥'.repeat(6_145))).toEqual({ left: -4, near: true })
})
