import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { randomBytes, toBase64url } from '../bytes.ts'
import { LIMITS } from '../limits.ts'
import {
  type DeliveryKeyState,
  type DeliveryKeyUpdate,
  deliveryAccess,
  deliveryVerifier,
  newDeliveryKey,
  opensDelivery,
  rotateDeliveryKey,
} from './delivery.ts'

const NOW = 1_790_000_000_000
const account = toBase64url(randomBytes(16))

/** Keys with what is made of them. */
const keys = Array.from({ length: 4 }, () => {
  const key = newDeliveryKey()
  const access = deliveryAccess(key, account)
  return { key, access, verifier: deliveryVerifier(access) }
})
type Key = (typeof keys)[number]
const [first, second, third] = keys as [Key, Key, Key, Key]

const update = (version: number, { verifier }: Key, keepFormer = true): DeliveryKeyUpdate => ({
  version,
  verifier,
  keepFormer,
})

describe('a delivery key', () => {
  it('X-8: opens by what is derived of it for this account, and not by itself, the verifier or another account’s', () => {
    const state = rotateDeliveryKey(undefined, update(1, first), NOW)
    expect(opensDelivery(state, first.access, NOW)).toBe(true)
    const others = [first.key, first.verifier, second.access, deliveryAccess(first.key, toBase64url(randomBytes(16)))]
    for (const access of others) expect(opensDelivery(state, access, NOW)).toBe(false)
  })

  it('X-8: is 32 octets that are new each time, as are access and verifier', () => {
    expect(new Set(keys.flatMap(({ key, access, verifier }) => [key, access, verifier])).size).toBe(12)
    for (const { key, access, verifier } of keys)
      expect([key, access, verifier].map((text) => text.length)).toEqual([43, 43, 43])
  })

  it('X-8: that is not there opens nothing, not even zeros', () => {
    expect(opensDelivery(undefined, first.access, NOW)).toBe(false)
    expect(opensDelivery(undefined, toBase64url(new Uint8Array(32)), NOW)).toBe(false)
  })

  it('X-9: opens for a week after another took its place, and no longer', () => {
    const before = rotateDeliveryKey(undefined, update(1, first), NOW)
    const state = rotateDeliveryKey(before, update(2, second), NOW)
    const end = NOW + LIMITS.deliveryKeyGrace
    expect(opensDelivery(state, second.access, end)).toBe(true)
    expect(opensDelivery(state, first.access, end - 1)).toBe(true)
    expect(opensDelivery(state, first.access, end)).toBe(false)
  })

  it('X-9: two at most open at a time', () => {
    let state = rotateDeliveryKey(undefined, update(1, first), NOW)
    state = rotateDeliveryKey(state, update(2, second), NOW)
    state = rotateDeliveryKey(state, update(3, third), NOW)
    expect([first, second, third].map(({ access }) => opensDelivery(state, access, NOW))).toEqual([false, true, true])
  })

  it('X-10: stops to open at once when somebody was blocked', () => {
    let state = rotateDeliveryKey(undefined, update(1, first), NOW)
    state = rotateDeliveryKey(state, update(2, second), NOW)
    state = rotateDeliveryKey(state, update(3, third, false), NOW)
    expect([first, second, third].map(({ access }) => opensDelivery(state, access, NOW))).toEqual([false, false, true])
  })

  it('X-9: updates that come twice, late or beside another one do not undo what is in force', () => {
    const one = rotateDeliveryKey(undefined, update(1, first), NOW)
    const two = rotateDeliveryKey(one, update(2, second), NOW)
    expect(rotateDeliveryKey(two, update(2, second), NOW + 1)).toBe(two)
    expect(rotateDeliveryKey(two, update(2, third), NOW)).toBeUndefined()
    expect(rotateDeliveryKey(two, update(1, first), NOW)).toBeUndefined()
  })

  it('X-9: whatever the order of updates, the highest version is in force, and what was dropped stays closed', () => {
    const updates = fc.array(
      fc.record({
        version: fc.integer({ min: 1, max: 6 }),
        at: fc.integer({ min: 0, max: 3 }),
        keepFormer: fc.boolean(),
      }),
      { maxLength: 12 },
    )
    fc.assert(
      fc.property(updates, (list) => {
        let state: DeliveryKeyState | undefined
        for (const [index, { version, at, keepFormer }] of list.entries()) {
          const before: DeliveryKeyState | undefined = state
          const next = rotateDeliveryKey(state, update(version, keys[at] ?? first, keepFormer), NOW + index)
          state = next ?? before
          if (next === undefined) expect(version).toBeLessThanOrEqual(before?.version ?? 0)
          if (next !== undefined && next !== before && !keepFormer) expect(next.former).toBeUndefined()
        }
        const highest = Math.max(0, ...list.map(({ version }) => version))
        expect(state?.version ?? 0).toBe(highest)
        const open = keys.filter(({ access }) => opensDelivery(state, access, NOW + list.length))
        expect(open.length).toBeLessThanOrEqual(2)
      }),
    )
  })
})
