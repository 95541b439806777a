import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { concatBytes, randomBytes, toBase64url } from '#protocol/bytes.ts'
import { CHUNK_PLAIN_BYTES, sealedSize } from '#protocol/media/sizes.ts'
import { MediaSourceError } from './errors.ts'
import { octetsOf, sameOctets } from './testing/octets.ts'
import { Opener, type SealedFile, sealFile } from './seal.ts'

const KEY = toBase64url(randomBytes(32))

async function seal(
  octets: Uint8Array<ArrayBuffer>,
  key = KEY,
): Promise<SealedFile & { chunks: Uint8Array<ArrayBuffer>[] }> {
  const chunks: Uint8Array<ArrayBuffer>[] = []
  const digest = await sealFile(new Blob([octets]), key, (index, sealed) => {
    expect(index).toBe(chunks.length)
    chunks.push(sealed)
    return Promise.resolve()
  })
  return { key, digest, size: octets.length, chunks }
}

async function open(file: SealedFile, chunks: readonly Uint8Array<ArrayBuffer>[]): Promise<Uint8Array | string> {
  const opener = new Opener(file)
  const plain: Uint8Array[] = []
  for (const chunk of chunks) plain.push((await opener.next(chunk)) ?? new Uint8Array())
  try {
    opener.verify()
  } catch (error) {
    return (error as { code: string }).code
  }
  return concatBytes(...plain)
}

const flipped = (octets: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> =>
  octets.map((octet, at) => (at === 5 ? octet ^ 1 : octet))

describe('a sealed file', () => {
  it.each([0, 1, 16_384, CHUNK_PLAIN_BYTES - 1, CHUNK_PLAIN_BYTES, CHUNK_PLAIN_BYTES + 1, 3 * CHUNK_PLAIN_BYTES - 5])(
    'MD-2: of %i octets has the size of its class, and opens to what it was',
    async (size) => {
      const octets = octetsOf(size)
      const { chunks, ...file } = await seal(octets)
      expect(chunks.reduce((sum, { length }) => sum + length, 0)).toBe(sealedSize(size))
      expect(sameOctets(await open(file, chunks), octets)).toBe(true)
    },
  )

  it('MD-4: is refused by name when it is not what its message says', async () => {
    const octets = octetsOf(3 * CHUNK_PLAIN_BYTES)
    const { chunks, ...file } = await seal(octets)
    const [first, second, third] = chunks as [Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>]
    expect(await open(file, [flipped(first), second, third])).toBe('mediaCorrupted')
    // Moved, doubled, and left out: an end in the middle.
    expect(await open(file, [second, first, third])).toBe('mediaCorrupted')
    expect(await open(file, [first, first, third])).toBe('mediaCorrupted')
    expect(await open(file, [first, second])).toBe('mediaCorrupted')
    expect(await open({ ...file, key: toBase64url(randomBytes(32)) }, chunks)).toBe('mediaKeyWrong')
    const other = await seal(octets, toBase64url(randomBytes(32)))
    expect(await open(file, other.chunks)).toBe('mediaSwapped')
    // The author's own digest over other octets, under the same key.
    const again = await seal(octetsOf(file.size).toReversed())
    expect(await open(file, again.chunks)).toBe('mediaCorrupted')
  })

  it('MD-4: with any octet altered is not taken', async () => {
    const { chunks, ...file } = await seal(octetsOf(100))
    const whole = chunks[0] as Uint8Array<ArrayBuffer>
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), async (at, bits) => {
        const altered = Uint8Array.from(whole)
        altered[at] = (altered[at] ?? 0) ^ bits
        expect(typeof (await open(file, [altered]))).toBe('string')
      }),
      { numRuns: 30 },
    )
  })

  it('cannot be made of a file that cannot be read, or is another by now', async () => {
    const nothing = () => Promise.resolve()
    const broken = { size: 10, slice: () => ({ arrayBuffer: () => Promise.reject(new Error('gone')) }) }
    await expect(sealFile(broken as unknown as Blob, KEY, nothing)).rejects.toThrow(MediaSourceError)
    const shorter = { size: 10, slice: () => new Blob([new Uint8Array(9)]) }
    await expect(sealFile(shorter as unknown as Blob, KEY, nothing)).rejects.toThrow(MediaSourceError)
  })
})
