import * as v from 'valibot'
import { utf8 } from '../bytes.ts'
import { AccountId, DeviceId, Signature, Timestamp, bytesUpTo } from '../primitives.ts'
import { route } from './route.ts'

/** Opaque to the client. */
export const Challenge = bytesUpTo(128, 16)

/**
 * What the device key signs to log in: domain-separated, and bound to who asks and to the relay's origin
 * (`https://relay.example`), so that one relay cannot pass another's challenge on.
 */
export function loginSigningInput(
  origin: string,
  account: AccountId,
  device: DeviceId,
  challenge: string,
): Uint8Array<ArrayBuffer> {
  return utf8(`SilentRelay login v1\0${origin}\0${account}\0${device}\0${challenge}`)
}

export const challenge = route({
  method: 'POST',
  path: '/v1/auth/challenges',
  summary: 'A challenge to sign. Given for any address, so that it does not tell which accounts exist.',
  authenticated: false,
  request: v.strictObject({ account: AccountId, device: DeviceId }),
  response: v.object({ challenge: Challenge, expiresAt: Timestamp }),
  errors: [],
})

export const logIn = route({
  method: 'POST',
  path: '/v1/auth/tokens',
  summary: 'Trade a signed challenge for an access token.',
  authenticated: false,
  request: v.strictObject({ account: AccountId, device: DeviceId, challenge: Challenge, signature: Signature }),
  response: v.object({ token: v.string(), expiresAt: Timestamp }),
  errors: ['challengeInvalid', 'signatureInvalid', 'relayUnavailable'],
})

export const revokeTokens = route({
  method: 'DELETE',
  path: '/v1/auth/tokens',
  summary: 'End every access token and socket of this device at once.',
  authenticated: true,
  request: undefined,
  response: v.object({}),
  errors: [],
})

export const socketTicket = route({
  method: 'POST',
  path: '/v1/socket-tickets',
  summary: 'A ticket that opens one socket within 30 seconds.',
  authenticated: true,
  request: undefined,
  response: v.object({ ticket: v.string(), expiresAt: Timestamp }),
  errors: [],
})
