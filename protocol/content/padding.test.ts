import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LIMITS, PADDING_BUCKETS } from '../limits.ts'
import { ContentTooLargeError, MAX_CONTENT_BYTES, pad, unpad } from './padding.ts'

/** Content that ends like padding does: what a careless implementation would cut off. */
const contents = fc
  .tuple(fc.uint8Array({ maxLength: 2_000 }), fc.array(fc.constantFrom(0, 0x80), { maxLength: 20 }))
  .map(([head, tail]) => Uint8Array.of(...head, ...tail))

describe('padding', () => {
  it.each(PADDING_BUCKETS.map((bucket, at) => [bucket, PADDING_BUCKETS[at + 1]] as const))(
    'Z-1: %i octets hold one octet less; one more needs the next size, %s',
    (bucket, next) => {
      expect(pad(new Uint8Array(bucket - 1))).toHaveLength(bucket)
      if (next === undefined) expect(() => pad(new Uint8Array(bucket))).toThrow(ContentTooLargeError)
      else expect(pad(new Uint8Array(bucket))).toHaveLength(next)
    },
  )

  it('Z-1: whatever is padded has one of the sizes, and comes back as it was', () => {
    fc.assert(
      fc.property(contents, (content) => {
        const padded = pad(content)
        expect(PADDING_BUCKETS).toContain(padded.length)
        expect(Buffer.from(unpad(padded) ?? []).equals(content)).toBe(true)
      }),
    )
  })

  it('Z-2: content beyond the largest size is refused by name', () => {
    expect(MAX_CONTENT_BYTES).toBe(61_439)
    expect(() => pad(new Uint8Array(MAX_CONTENT_BYTES + 1))).toThrow(
      expect.objectContaining({ name: 'ContentTooLargeError', code: 'contentTooLarge' }),
    )
  })

  it.each([
    ['nothing', []],
    ['zeros only', [0, 0, 0]],
    ['no mark before the zeros', [1, 2, 0, 0]],
    ['a mark of another value', [1, 0x81, 0]],
    ['something after the mark', [0x80, 1]],
  ])('Z-3: %s is not padding', (_, octets) => {
    expect(unpad(Uint8Array.from(octets))).toBeUndefined()
  })

  it('leaves room for the ratchet: the largest size and its headers fit an envelope', () => {
    expect(LIMITS.envelopeBytes - (PADDING_BUCKETS.at(-1) ?? 0)).toBeGreaterThanOrEqual(1_024)
  })
})
