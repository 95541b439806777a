import { createRequire } from 'node:module'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { randomBytes } from '#protocol/bytes.ts'
import { curve } from './curve.ts'
import { BadSignatureError, LowOrderPointError } from './errors.ts'
import { agree } from './x25519.ts'

interface CompiledCurve {
  keyPair(privateKey: ArrayBuffer): { pubKey: ArrayBuffer; privKey: ArrayBuffer }
  sharedSecret(publicKey: ArrayBuffer, privateKey: ArrayBuffer): ArrayBuffer
}

const { Curve25519Wrapper } = createRequire(import.meta.url)('@privacyresearch/curve25519-typescript') as {
  Curve25519Wrapper: { create(): Promise<CompiledCurve> }
}
const compiled = await Curve25519Wrapper.create()

const vectors = JSON.parse(
  readFileSync(new URL('../../../test/vectors/wycheproof-x25519.json', import.meta.url), 'utf8'),
) as { tests: { tcId: number; public: string; private: string; shared: string; flags: string[] }[] }

const hex = (text: string) => Uint8Array.from(Buffer.from(text, 'hex'))

describe('the injected curve', () => {
  it('makes the key pairs and secrets of the compiled curve', async () => {
    for (let round = 0; round < 8; round += 1) {
      const seed = randomBytes(32).buffer
      const pair = await curve.keyPair(seed)
      const other = await curve.keyPair(randomBytes(32).buffer)
      expect(pair).toEqual(compiled.keyPair(seed))
      const secret = await curve.sharedSecret(other.pubKey, pair.privKey)
      expect(secret).toEqual(compiled.sharedSecret(other.pubKey, pair.privKey))
      expect(secret).toEqual(await curve.sharedSecret(pair.pubKey, other.privKey))
    }
  })

  it('computes every Wycheproof vector, and refuses by name those whose secret is zero', async () => {
    const computed = vectors.tests.map((test) =>
      agree(hex(test.private), hex(test.public)).then(
        (secret) => Buffer.from(secret).toString('hex'),
        (error: unknown) => (error instanceof LowOrderPointError ? '00'.repeat(32) : String(error)),
      ),
    )
    expect(await Promise.all(computed)).toEqual(vectors.tests.map(({ shared }) => shared))
    expect(vectors.tests).toHaveLength(518)
  })

  it('refuses a low-order point that the compiled curve accepts', async () => {
    const { privKey } = await curve.keyPair(randomBytes(32).buffer)
    const lowOrder = new ArrayBuffer(32)
    expect(new Uint8Array(compiled.sharedSecret(lowOrder, privKey)).every((octet) => octet === 0)).toBe(true)
    await expect(curve.sharedSecret(lowOrder, privKey)).rejects.toBeInstanceOf(LowOrderPointError)
  })

  it('throws for a signature that is not valid, so that no caller can misread a boolean', async () => {
    const { pubKey, privKey } = await curve.keyPair(randomBytes(32).buffer)
    const message = randomBytes(33).buffer
    const signature = await curve.sign(privKey, message)
    await expect(curve.verify(pubKey, message, signature)).resolves.toBe(false)
    await expect(curve.verify(pubKey, randomBytes(33).buffer, signature)).rejects.toBeInstanceOf(BadSignatureError)
  })
})
