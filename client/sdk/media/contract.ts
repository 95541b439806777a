/** The contract of {@link MediaStore}: one suite for all of its kinds. */

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { randomBytes, toBase64url } from '#protocol/bytes.ts'
import { StoreClosedError } from '../store/store.ts'
import type { MediaStore } from './media-store.ts'

/** @param make a new, empty place; `open` finds again what a closed store wrote */
export function mediaStoreContract(
  kind: string,
  make: () => Promise<{ open: () => MediaStore; cleanup: () => Promise<void> }>,
): void {
  describe(`the contract of media stores: ${kind}`, () => {
    let place: Awaited<ReturnType<typeof make>>
    let store: MediaStore
    const one = toBase64url(randomBytes(32))
    const other = toBase64url(randomBytes(32))

    beforeEach(async () => {
      place = await make()
      store = place.open()
    })
    afterEach(async () => {
      await store.close()
      await place.cleanup()
    })

    it('gives back what was written, over a restart too, and nothing else', async () => {
      const behind = randomBytes(40)
      await store.write(one, 0, behind.subarray(3, 20))
      await store.write(one, 1, new Uint8Array(0))
      await store.write(one, 0, behind.subarray(4, 21))
      behind.fill(0, 30)
      await store.close()
      store = place.open()
      expect(await store.read(one, 0)).toEqual(behind.slice(4, 21))
      expect(await store.read(one, 1)).toEqual(new Uint8Array(0))
      expect(await store.read(one, 2)).toBeUndefined()
      expect(await store.read(other, 0)).toBeUndefined()
    })

    it('counts chunks up to the first gap, beyond ten of them as well', async () => {
      expect(await store.count(one)).toBe(0)
      for (const index of [0, 2, 10, 1, 3, 4, 5, 6, 7, 8, 9, 12]) await store.write(one, index, Uint8Array.of(index))
      expect(await store.count(one)).toBe(11)
      await store.write(other, 1, Uint8Array.of(1))
      expect(await store.count(other)).toBe(0)
    })

    it('deletes all of an object, once and again, and leaves others', async () => {
      for (const index of [0, 1, 11]) await store.write(one, index, Uint8Array.of(index))
      await store.write(other, 5, Uint8Array.of(5))
      expect((await store.objects()).sort()).toEqual([one, other].sort())
      await store.delete(one)
      await store.delete(one)
      expect(await store.objects()).toEqual([other])
      expect(await store.read(one, 11)).toBeUndefined()
      expect(await store.read(other, 5)).toEqual(Uint8Array.of(5))
    })

    it('refuses by name when it is closed', async () => {
      await store.close()
      await store.close()
      await expect(store.read(one, 0)).rejects.toThrow(StoreClosedError)
      await expect(store.write(one, 0, Uint8Array.of(1))).rejects.toThrow(StoreClosedError)
    })
  })
}
