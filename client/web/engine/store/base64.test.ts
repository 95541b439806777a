import { afterEach, describe, expect, it, vi } from 'vitest'
import { fromBase64url, toBase64url } from '#protocol/bytes.ts'
import { decodeOctets, encodeOctets } from './base64.ts'

/** What a platform that has it does. */
function native(octets: Uint8Array) {
  return Object.assign(octets, {
    toBase64: (options: object) => `${JSON.stringify(options)}${octets.length}`,
  })
}

describe('base64url', () => {
  const own = Object.getOwnPropertyDescriptor(Uint8Array, 'fromBase64')
  afterEach(() => {
    if (own === undefined) Reflect.deleteProperty(Uint8Array, 'fromBase64')
    else Object.defineProperty(Uint8Array, 'fromBase64', own)
  })

  it('is the same with and without the platform’s own', () => {
    for (let length = 0; length < 20; length += 1) {
      const octets = Uint8Array.from({ length }, (_, at) => 255 - at * 3)
      expect(encodeOctets(octets)).toBe(toBase64url(octets))
      expect(decodeOctets(encodeOctets(octets))).toEqual(octets)
    }
  })

  it('is the platform’s where it has one, in the alphabet and without padding', () => {
    expect(encodeOctets(native(new Uint8Array(3)))).toBe('{"alphabet":"base64url","omitPadding":true}3')
    const fromBase64 = vi.fn<(text: string, options: object) => Uint8Array>((text) => fromBase64url(text))
    Object.assign(Uint8Array, { fromBase64 })
    expect(decodeOctets('_-8')).toEqual(Uint8Array.of(255, 239))
    expect(fromBase64).toHaveBeenCalledExactlyOnceWith('_-8', { alphabet: 'base64url' })
  })
})
