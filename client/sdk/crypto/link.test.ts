import { describe, expect, it } from 'vitest'
import { utf8 } from '#protocol/bytes.ts'
import { createLinkKey, openLink, sealLink } from './link.ts'

const BUNDLE = utf8('{"account":"…","identity":"…"}')

describe('a link bundle', () => {
  it('opens with the key that it was sealed to, and differs each time', async () => {
    const key = await createLinkKey()
    const [one, other] = [await sealLink(key.publicKey, BUNDLE), await sealLink(key.publicKey, BUNDLE)]
    expect(one).not.toEqual(other)
    expect(await openLink(key, one)).toEqual(BUNDLE)
    expect(await openLink(key, other)).toEqual(BUNDLE)
    expect(await openLink(key, await sealLink(key.publicKey, new Uint8Array()))).toEqual(new Uint8Array())
  })

  it('does not open with another key', async () => {
    const [key, other] = [await createLinkKey(), await createLinkKey()]
    await expect(openLink(other, await sealLink(key.publicKey, BUNDLE))).rejects.toMatchObject({ code: 'badSeal' })
  })

  it('is bound to the key that was shown, not to its secret alone', async () => {
    const [key, other] = [await createLinkKey(), await createLinkKey()]
    const sealed = await sealLink(key.publicKey, BUNDLE)
    const mixed = { privateKey: key.privateKey, publicKey: other.publicKey }
    await expect(openLink(mixed, sealed)).rejects.toMatchObject({ code: 'badSeal' })
  })

  it('is refused with any octet changed or cut off', async () => {
    const key = await createLinkKey()
    const sealed = await sealLink(key.publicKey, BUNDLE)
    for (let at = 0; at < sealed.length; at += 1) {
      const changed = Uint8Array.from(sealed)
      changed[at] = (changed[at] ?? 0) ^ 0x10
      const code = at === 0 ? 'malformed' : 'badSeal'
      await expect(openLink(key, changed)).rejects.toMatchObject({ code })
    }
    await expect(openLink(key, sealed.subarray(0, -1))).rejects.toMatchObject({ code: 'badSeal' })
    await expect(openLink(key, sealed.subarray(0, 40))).rejects.toMatchObject({ code: 'malformed' })
  })

  it('with a point of low order is refused by name, sealing and opening', async () => {
    const key = await createLinkKey()
    await expect(sealLink(new Uint8Array(32), BUNDLE)).rejects.toMatchObject({ code: 'lowOrderPoint' })
    const sealed = await sealLink(key.publicKey, BUNDLE)
    sealed.fill(0, 1, 33)
    await expect(openLink(key, sealed)).rejects.toMatchObject({ code: 'lowOrderPoint' })
    await expect(sealLink(new Uint8Array(33), BUNDLE)).rejects.toMatchObject({ code: 'malformed' })
  })
})
