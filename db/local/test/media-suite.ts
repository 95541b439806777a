import { describe, expect, it } from 'vitest'
import { randomBytes } from '#protocol/bytes.ts'
import type { Database } from '#db/client.ts'
import {
  type MediaObject,
  beginMedia,
  completeMedia,
  deleteExpiredMedia,
  deleteMedia,
  expiredMedia,
  findMedia,
  forgetSpentTokens,
  renewMedia,
} from '#db/queries/media.ts'
import { NOW } from './samples.ts'

const HOUR = 60 * 60_000
/** A full hour. */
const START = Math.floor(NOW / HOUR) * HOUR

function upload(more: Partial<MediaObject> = {}): MediaObject {
  return {
    name: randomBytes(32),
    bytes: 16_400,
    uploadId: 'an-upload',
    releaseVerifier: randomBytes(32),
    hours: 720,
    expiresAt: START + 24 * HOUR,
    ...more,
  }
}

const tokens = (count = 1, keyId = 2_900) => Array.from({ length: count }, () => ({ hash: randomBytes(16), keyId }))

export function mediaSuite(database: () => Database): void {
  describe('media', () => {
    it('an upload becomes an object, once, and is kept for its time from then', async () => {
      const object = upload({ hours: 10 })
      expect(await beginMedia(database(), object, tokens(3))).toBe('begun')
      expect(await findMedia(database(), object.name)).toEqual(object)
      const until = await completeMedia(database(), object.name, START + 1)
      expect(until).toBe(START + 11 * HOUR)
      expect(await findMedia(database(), object.name)).toEqual({ ...object, uploadId: null, expiresAt: until })
      expect(await completeMedia(database(), object.name, START + 2 * HOUR)).toBeUndefined()
    })

    it('MD-6: tokens are spent once, with what they pay for, or not at all', async () => {
      const [first, second] = [upload(), upload()]
      const [used, fresh] = [tokens(2), tokens(1)]
      expect(await beginMedia(database(), first, used)).toBe('begun')
      expect(await beginMedia(database(), second, [...fresh, ...used.slice(1)])).toBe('tokenSpent')
      expect(await findMedia(database(), second.name)).toBeUndefined()
      expect(await beginMedia(database(), first, fresh)).toBe('taken')
      expect(await beginMedia(database(), second, fresh)).toBe('begun')
    })

    it('is renewed when it is complete, and never shortened', async () => {
      const object = upload()
      await beginMedia(database(), object, tokens())
      const until = async () => (await findMedia(database(), object.name))?.expiresAt
      await renewMedia(database(), object.name, START + 900 * HOUR, tokens())
      expect(await until()).toBe(START + 24 * HOUR)
      await completeMedia(database(), object.name, START)
      await renewMedia(database(), object.name, START + 900 * HOUR, tokens())
      expect(await until()).toBe(START + 900 * HOUR)
      await renewMedia(database(), object.name, START + 800 * HOUR, tokens())
      expect(await until()).toBe(START + 900 * HOUR)
    })

    it('what has expired is found oldest first and a few at a time, and goes, unless it was renewed meanwhile', async () => {
      const at = [3, 1, 2].map((hours) => upload({ expiresAt: START - (1_000 - hours) * HOUR, uploadId: `u${hours}` }))
      for (const object of at) await beginMedia(database(), object, tokens())
      const moment = START - 900 * HOUR
      const found = await expiredMedia(database(), moment, 2)
      expect(found.map(({ uploadId }) => uploadId)).toEqual(['u1', 'u2'])
      const [first, second] = found.map(({ name }) => name) as [Uint8Array, Uint8Array]
      await completeMedia(database(), first, START)
      expect(await deleteExpiredMedia(database(), [first, second], moment)).toBe(1)
      expect((await expiredMedia(database(), moment, 10)).map(({ uploadId }) => uploadId)).toEqual(['u3'])
      expect(await deleteExpiredMedia(database(), [], moment)).toBe(0)
      const [third] = await expiredMedia(database(), moment, 1)
      expect(third && (await deleteMedia(database(), third.name))).toBe(true)
      expect(third && (await deleteMedia(database(), third.name))).toBe(false)
    })

    it('spent tokens are forgotten with their key', async () => {
      const [old, young] = [tokens(3, 10), tokens(1, 12)]
      await beginMedia(database(), upload(), [...old, ...young])
      expect(await forgetSpentTokens(database(), 11, 2)).toBe(2)
      expect(await forgetSpentTokens(database(), 11, 2)).toBe(1)
      expect(await beginMedia(database(), upload(), young)).toBe('tokenSpent')
      expect(await beginMedia(database(), upload(), old)).toBe('begun')
    })
  })
}
