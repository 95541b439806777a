/** HPKE and X-Wing as we use them, against published values. */

import { chacha20poly1305 } from '@noble/ciphers/chacha.js'
import {
  type AeadInterface,
  Aes128Gcm,
  Aes256Gcm,
  CipherSuite,
  DhkemP256HkdfSha256,
  DhkemP521HkdfSha512,
  DhkemX25519HkdfSha256,
  ExportOnly,
  HkdfSha256,
  HkdfSha512,
  type KemInterface,
} from '@hpke/core'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { xWing } from './x-wing.ts'

const hex = (text: string) => Uint8Array.from(Buffer.from(text, 'hex'))
const toHex = (octets: ArrayBuffer) => Buffer.from(octets).toString('hex')

function read(file: string): unknown {
  return JSON.parse(readFileSync(new URL(`../../../test/vectors/${file}`, import.meta.url), 'utf8'))
}

interface Encryption {
  readonly sequence?: number
  readonly pt: string
  readonly aad: string
  readonly ct: string
}

/** The AEAD of some suites, which the package leaves out, in its form: the vectors test all the rest of them. */
const chaCha: AeadInterface = {
  id: 0x0003,
  keySize: 32,
  nonceSize: 12,
  tagSize: 16,
  createEncryptionContext(key) {
    type Octets = ArrayBufferLike | ArrayBufferView
    const bytes = (octets: Octets) => (ArrayBuffer.isView(octets) ? octets : new Uint8Array(octets)) as Uint8Array
    const cipher = (nonce: Octets, aad: Octets) => chacha20poly1305(bytes(key), bytes(nonce), bytes(aad))
    const run = (octets: Uint8Array) => Promise.resolve(Uint8Array.from(octets).buffer)
    return {
      seal: (iv, data, aad) => run(cipher(iv, aad).encrypt(bytes(data))),
      open: (iv, data, aad) => run(cipher(iv, aad).decrypt(bytes(data))),
    }
  },
}

const KEMS: Readonly<Record<number, () => KemInterface>> = {
  0x10: () => new DhkemP256HkdfSha256(),
  0x12: () => new DhkemP521HkdfSha512(),
  0x20: () => new DhkemX25519HkdfSha256(),
}
const KDFS: Readonly<Record<number, () => HkdfSha256 | HkdfSha512>> = {
  1: () => new HkdfSha256(),
  3: () => new HkdfSha512(),
}
const AEADS: Readonly<Record<number, () => AeadInterface>> = {
  1: () => new Aes128Gcm(),
  2: () => new Aes256Gcm(),
  3: () => chaCha,
  0xffff: () => new ExportOnly(),
}

function known<T>(made: (() => T) | undefined): T {
  if (made === undefined) throw new Error('no such algorithm')
  return made()
}

describe('HPKE in base mode', () => {
  const { suites } = read('rfc9180-hpke.json') as {
    suites: {
      name: string
      kem: number
      kdf: number
      aead: number
      info: string
      ikmE: string
      ikmR: string
      pkRm: string
      enc: string
      encryptions: Encryption[]
    }[]
  }

  it.each(suites)(
    'is that of RFC 9180: $name',
    async ({ kem, kdf, aead, info, ikmE, ikmR, pkRm, enc, encryptions }) => {
      const suite = new CipherSuite({ kem: known(KEMS[kem]), kdf: known(KDFS[kdf]), aead: known(AEADS[aead]) })
      const recipientKey = await suite.kem.deriveKeyPair(hex(ikmR).buffer)
      expect(toHex(await suite.kem.serializePublicKey(recipientKey.publicKey))).toBe(pkRm)
      const ekm = await suite.kem.deriveKeyPair(hex(ikmE).buffer)
      const parameters = { recipientPublicKey: recipientKey.publicKey, info: hex(info).buffer, ekm }
      const sender = await suite.createSenderContext(parameters)
      expect(toHex(sender.enc)).toBe(enc)
      const recipient = await suite.createRecipientContext({ recipientKey, enc: sender.enc, info: hex(info).buffer })
      let sequence = 0
      for (const { sequence: wanted = 0, pt, aad, ct } of encryptions) {
        for (; sequence < wanted; sequence += 1) {
          await recipient.open(await sender.seal(new ArrayBuffer(0)))
        }
        const sealed = await sender.seal(hex(pt).buffer, hex(aad).buffer)
        expect(toHex(sealed)).toBe(ct)
        expect(toHex(await recipient.open(sealed, hex(aad).buffer))).toBe(pt)
        sequence += 1
      }
    },
  )

  it('with X-Wing is that of draft-ietf-hpke-pq', async () => {
    const { info, skRm, pkRm, enc, encryptions } = read('hpke-pq-x-wing.json') as {
      info: string
      skRm: string
      pkRm: string
      enc: string
      encryptions: Encryption[]
    }
    const kem = xWing()
    const suite = new CipherSuite({ kem, kdf: new HkdfSha256(), aead: chaCha })
    const recipientKey = await kem.generateKeyPairDerand(hex(skRm))
    expect(toHex(await kem.serializePublicKey(recipientKey.publicKey))).toBe(pkRm)
    const opening = { recipientKey, enc: hex(enc).buffer, info: hex(info).buffer }
    const recipient = await suite.createRecipientContext(opening)
    for (const { pt, aad, ct } of encryptions) {
      expect(toHex(await recipient.open(hex(ct).buffer, hex(aad).buffer))).toBe(pt)
    }
    expect(encryptions.length).toBeGreaterThan(0)
  })
})

describe('X-Wing', () => {
  const { tests } = read('x-wing.json') as {
    tests: { seed: string; eseed: string; ss: string; sk: string; pk: string; ct: string }[]
  }

  it.each(tests)('is that of its draft: $ss', async ({ seed, eseed, ss, sk, pk, ct }) => {
    const kem = xWing()
    expect(sk).toBe(seed)
    const pair = await kem.generateKeyPairDerand(hex(seed))
    expect(toHex(await kem.serializePublicKey(pair.publicKey))).toBe(pk)
    const sent = await kem.encap({ recipientPublicKey: pair.publicKey, ekm: hex(eseed).buffer })
    expect([toHex(sent.enc), toHex(sent.sharedSecret)]).toEqual([ct, ss])
    expect(toHex(await kem.decap({ recipientKey: pair.privateKey, enc: hex(ct).buffer }))).toBe(ss)
  })
})
