import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toBase64url, utf8 } from './bytes.ts'
import { parseDeviceList } from './device-list.ts'
import { LIMITS } from './limits.ts'
import { deviceListSigningInput } from './xeddsa.ts'

const device = (id: number, registrationId = 1) => ({ id, registrationId, deviceKey: toBase64url(new Uint8Array(32)) })
const sealingKey = toBase64url(new Uint8Array(1_216))
const list = (devices: readonly object[], more: object = {}) => ({
  account: toBase64url(new Uint8Array(16)),
  version: 1,
  identityKey: toBase64url(new Uint8Array(33)),
  devices,
  ...more,
})
const signature = toBase64url(new Uint8Array(64))
const parseText = (text: string) => parseDeviceList({ bytes: toBase64url(utf8(text)), signature })
const parse = (value: unknown) => parseText(JSON.stringify(value))
const upTo = (count: number, from = 1, registrationId = 1) =>
  Array.from({ length: count }, (_, at) => device(at + from, registrationId))

describe('a device list', () => {
  it('comes out as it went in', () => {
    const value = list([device(1), device(7)], { version: 3 })
    expect(parse(value)).toEqual(value)
  })

  it('V-2: has 1 to 10 devices; one that is too long is still read, so that it can be refused by name', () => {
    expect(parse(list([]))).toBeUndefined()
    expect(parse(list(upTo(LIMITS.devices)))?.devices).toHaveLength(10)
    expect(parse(list(upTo(2 * LIMITS.devices)))).toBeDefined()
    expect(parse(list(upTo(2 * LIMITS.devices + 1)))).toBeUndefined()
  })

  it('V-2: names its devices by ascending id, each once', () => {
    expect(parse(list([device(2), device(1)]))).toBeUndefined()
    expect(parse(list([device(1), device(1)]))).toBeUndefined()
  })

  it('V-2: fits its limit even with ten devices, the longest ids and sealing keys; so does one that is one too long', () => {
    const devices = upTo(LIMITS.devices + 1, LIMITS.deviceId - LIMITS.devices, LIMITS.registrationId)
    for (const one of devices) Object.assign(one, { sealingKey })
    const text = JSON.stringify(list(devices, { version: Number.MAX_SAFE_INTEGER }))
    expect(parseText(text)).toBeDefined()
    expect(utf8(text).length).toBeLessThanOrEqual(LIMITS.deviceListBytes)
  })

  it('X-15: may have a key to seal to for each device, for some, or for none, as lists from before', () => {
    const devices = [device(1), { ...device(2), sealingKey }]
    expect(parse(list(devices))?.devices).toEqual(devices)
    expect(parse(list([{ ...device(1), sealingKey: sealingKey.slice(1) }]))).toBeUndefined()
    expect(parse(list([{ ...device(1), sealingKey: '' }]))).toBeUndefined()
  })

  it('V-3: has a version from 1', () => {
    expect(parse(list([device(1)], { version: 0 }))).toBeUndefined()
  })

  it('E-7: with an unknown field is none, so that nothing unread is signed', () => {
    expect(parse(list([device(1)], { more: 1 }))).toBeUndefined()
    expect(parse(list([{ ...device(1), name: 'phone' }]))).toBeUndefined()
  })

  it('is not made of octets that are not UTF-8, and parsing them does not throw', () => {
    expect(parseDeviceList({ bytes: toBase64url(Uint8Array.of(0x22, 0xff, 0x22)), signature })).toBeUndefined()
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1 }), (bytes) => {
        expect(parseDeviceList({ bytes: toBase64url(bytes), signature })).toBeUndefined()
      }),
    )
  })

  it('is signed under a context of its own', () => {
    const input = Buffer.from(deviceListSigningInput(utf8('{}')))
    expect(input.toString('latin1')).toBe('SilentRelay device list v1\0{}')
  })
})
