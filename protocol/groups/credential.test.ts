import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { concatBytes, toBase64url, utf8 } from '../bytes.ts'
import { LIMITS } from '../limits.ts'
import { credentialIdentity, leafSigningInput, readCredentialIdentity } from './credential.ts'

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
const address = fc.record({
  account: bytes(16).map(toBase64url),
  device: fc.integer({ min: 1, max: LIMITS.deviceId }),
})

describe('a leaf’s identity', () => {
  it('U-2: comes out as it went in', () => {
    fc.assert(
      fc.property(address, bytes(64), (who, signature) => {
        expect(readCredentialIdentity(credentialIdentity(who, signature))).toEqual({ address: who, signature })
      }),
    )
  })

  it('U-2: is account, device in network order, and signature', () => {
    const who = { account: toBase64url(new Uint8Array(16).fill(1)), device: 0x0203 }
    const identity = credentialIdentity(who, new Uint8Array(64).fill(4))
    expect(identity).toEqual(concatBytes(new Uint8Array(16).fill(1), Uint8Array.of(2, 3), new Uint8Array(64).fill(4)))
  })

  it('U-2: octets of another length, or of device 0, are none, and reading them does not throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (octets) => {
        const isOne = octets.length === 82 && (octets[16] !== 0 || octets[17] !== 0)
        expect(readCredentialIdentity(octets) !== undefined).toBe(isOne)
      }),
    )
    for (const length of [0, 1, 81, 83]) {
      expect(readCredentialIdentity(new Uint8Array(length).fill(1))).toBeUndefined()
    }
    expect(readCredentialIdentity(new Uint8Array(82))).toBeUndefined()
    expect(readCredentialIdentity(new Uint8Array(82).fill(0xff))?.address.device).toBe(LIMITS.deviceId)
  })

  it('U-2: what was read does not change with the buffer that it was read from', () => {
    const octets = new Uint8Array(82).fill(1)
    const read = readCredentialIdentity(octets)
    octets.fill(2)
    expect(read?.signature).toEqual(new Uint8Array(64).fill(1))
  })
})

describe('what a device key signs for a leaf', () => {
  it('U-2: is the text that the specification gives', () => {
    const who = { account: toBase64url(new Uint8Array(16)), device: 12 }
    const key = new Uint8Array(32).fill(5)
    const text = `SilentRelay MLS leaf v1\0${who.account}\x0012\0`
    expect(leafSigningInput(who, key)).toEqual(concatBytes(utf8(text), key))
  })

  it('U-2: is another text for another device, account or key', () => {
    fc.assert(
      fc.property(address, address, bytes(32), (left, right, key) => {
        fc.pre(left.account !== right.account || left.device !== right.device)
        expect(leafSigningInput(left, key)).not.toEqual(leafSigningInput(right, key))
      }),
    )
  })
})
