import { describe, expect, it } from 'vitest'
import {
  CLOSE_CODES,
  ERRORS,
  ERROR_CODES,
  FIX,
  GIVE_UP,
  REAUTHENTICATE,
  RETRY,
  actionFor,
  statusFor,
} from './errors.ts'

const GROUPS = { fix: FIX, reauthenticate: REAUTHENTICATE, retry: RETRY, giveUp: GIVE_UP }

describe('error codes', () => {
  it('R-1: each belongs to exactly one group', () => {
    const all = Object.values(GROUPS).flatMap((group) => Object.keys(group))
    expect(new Set(all).size).toBe(all.length)
    expect(all.toSorted()).toEqual(ERROR_CODES.toSorted())
    for (const [action, group] of Object.entries(GROUPS)) {
      for (const code of ERROR_CODES.filter((candidate) => candidate in group)) expect(actionFor(code)).toBe(action)
    }
  })

  it.each(ERROR_CODES)('R-1: %s has a message that is a sentence, and a status of failure', (code) => {
    expect(ERRORS[code]).toMatch(/^[A-Z].*\.$/)
    expect(statusFor(code)).toBeGreaterThanOrEqual(400)
  })

  it('R-1: a client error is never one to repeat unchanged, but for limits', () => {
    for (const code of ERROR_CODES) {
      const isRepeated = actionFor(code) === 'retry'
      expect(statusFor(code) === 429 || statusFor(code) >= 500).toBe(isRepeated)
      if (actionFor(code) === 'reauthenticate') expect(statusFor(code)).toBe(401)
    }
  })

  it('W-6: fit a close frame, each group under a code of its own in the private range', () => {
    const codes = Object.values(CLOSE_CODES)
    expect(new Set(codes).size).toBe(codes.length)
    // RFC 6455 sections 5.5 and 7.4.2: 123 octets of reason beside the code; 4000 to 4999.
    for (const code of codes) expect(Math.floor(code / 1_000)).toBe(4)
    for (const code of ERROR_CODES) expect(Buffer.byteLength(code)).toBeLessThanOrEqual(123)
  })
})
