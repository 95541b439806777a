/** Our primitives, against published values and against the library's own. */

import { XWing } from '@hpke/hybridkem-x-wing'
import { getCiphersuiteFromId } from 'ts-mls/crypto/ciphersuite.js'
import { defaultCryptoProvider } from 'ts-mls'
import { describe, expect, it, vi } from 'vitest'
import { utf8 } from '#protocol/bytes.ts'
import { ed25519, ed25519PublicKey, kdfOf } from './primitives.ts'
import { xWing } from '../crypto/x-wing.ts'
import { suiteOf } from './suite.ts'
import { sha256 } from '@noble/hashes/sha2.js'

const hex = (text: string) => Uint8Array.from(Buffer.from(text, 'hex'))

it('HKDF is that of RFC 5869, appendix A.1', async () => {
  const kdf = kdfOf(sha256)
  const key = await kdf.extract(hex('000102030405060708090a0b0c'), new Uint8Array(22).fill(0x0b))
  expect(Buffer.from(key).toString('hex')).toBe('077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5')
  expect(Buffer.from(await kdf.expand(key, hex('f0f1f2f3f4f5f6f7f8f9'), 42)).toString('hex')).toBe(
    '3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865',
  )
})

describe('Ed25519', () => {
  const seed = hex('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60')
  const publicKey = hex('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a')

  it('is that of RFC 8032, section 7.1', async () => {
    expect(await ed25519PublicKey(seed)).toEqual(publicKey)
    const signature = await ed25519.sign(seed, new Uint8Array())
    expect(Buffer.from(signature).toString('hex')).toBe(
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
    )
    expect(await ed25519.verify(publicKey, new Uint8Array(), signature)).toBe(true)
  })

  it('says no to another message, another key, and what is no key or signature', async () => {
    const signature = await ed25519.sign(seed, utf8('message'))
    expect(await ed25519.verify(publicKey, utf8('Message'), signature)).toBe(false)
    expect(await ed25519.verify((await ed25519.keygen()).publicKey, utf8('message'), signature)).toBe(false)
    expect(await ed25519.verify(publicKey.subarray(1), utf8('message'), signature)).toBe(false)
    expect(await ed25519.verify(publicKey, utf8('message'), signature.subarray(1))).toBe(false)
  })
})

describe.each([1, 83] as const)('suite %i', (id) => {
  it('computes what the library’s own primitives do', async () => {
    const ours = await suiteOf(id)
    const theirs = await defaultCryptoProvider.getCiphersuiteImpl(getCiphersuiteFromId(id))
    const [key, data] = [new Uint8Array(ours.kdf.size).fill(7), utf8('data')]
    expect(ours.name).toBe(theirs.name)
    expect(ours.kdf.size).toBe(theirs.kdf.size)
    expect([ours.hpke.keyLength, ours.hpke.nonceLength]).toEqual([theirs.hpke.keyLength, theirs.hpke.nonceLength])
    expect(await ours.hash.digest(data)).toEqual(await theirs.hash.digest(data))
    expect(await ours.hash.mac(key, data)).toEqual(await theirs.hash.mac(key, data))
    expect(await ours.hash.verifyMac(key, await theirs.hash.mac(key, data), data)).toBe(true)
    expect(await ours.hash.verifyMac(key, new Uint8Array(ours.kdf.size), data)).toBe(false)
    expect(await ours.kdf.extract(new Uint8Array(), key)).toEqual(await theirs.kdf.extract(new Uint8Array(), key))
    for (const length of [16, 100]) {
      expect(await ours.kdf.expand(key, data, length)).toEqual(await theirs.kdf.expand(key, data, length))
    }
    const nonce = new Uint8Array(ours.hpke.nonceLength)
    const aesKey = key.slice(0, ours.hpke.keyLength)
    for (const associated of [data, undefined]) {
      const sealed = await ours.hpke.encryptAead(aesKey, nonce, associated, data)
      expect(await theirs.hpke.decryptAead(aesKey, nonce, associated, sealed)).toEqual(data)
      await expect(ours.hpke.decryptAead(aesKey, nonce, associated, sealed.subarray(1))).rejects.toThrow()
    }
  })

  it('seals what the library’s own opens, both ways, with the same derived keys', async () => {
    const ours = await suiteOf(id)
    const theirs = await defaultCryptoProvider.getCiphersuiteImpl(getCiphersuiteFromId(id))
    const seed = new Uint8Array(32).fill(5)
    for (const [from, to] of [
      [ours, theirs],
      [theirs, ours],
    ] as const) {
      const { publicKey } = await from.hpke.deriveKeyPair(seed)
      const { privateKey, publicKey: same } = await to.hpke.deriveKeyPair(seed)
      expect(await to.hpke.exportPublicKey(same)).toEqual(await from.hpke.exportPublicKey(publicKey))
      const { ct, enc } = await from.hpke.seal(publicKey, utf8('secret'), utf8('info'), new Uint8Array())
      expect(await to.hpke.open(privateKey, enc, ct, utf8('info'))).toEqual(utf8('secret'))
      await expect(to.hpke.open(privateKey, enc, ct, utf8('other'))).rejects.toThrow()
      const exported = await from.hpke.exportSecret(publicKey, utf8('context'), 32, new Uint8Array())
      expect(await to.hpke.importSecret(privateKey, utf8('context'), exported.enc, 32, new Uint8Array())).toEqual(
        exported.secret,
      )
    }
  })
})

it('X-Wing takes its X25519 from WebCrypto, and agrees with the package’s own', async () => {
  const derive = vi.spyOn(crypto.subtle, 'deriveBits')
  const [ours, theirs] = [xWing(), new XWing()]
  const keys = await ours.generateKeyPair()
  const fromOurs = await ours.encap({ recipientPublicKey: keys.publicKey })
  expect(derive).toHaveBeenCalledTimes(3)
  derive.mockRestore()
  expect(await theirs.decap({ recipientKey: keys.privateKey, enc: fromOurs.enc })).toEqual(fromOurs.sharedSecret)
  const fromTheirs = await theirs.encap({ recipientPublicKey: keys.publicKey })
  expect(await ours.decap({ recipientKey: keys.privateKey, enc: fromTheirs.enc })).toEqual(fromTheirs.sharedSecret)
})
