import { randomBytes, toBase64url } from '#protocol/bytes.ts'
import type { ArchivedEnvelope } from '#db/queries/envelopes.ts'
import type { Registration } from '#db/queries/registration.ts'
import type { UsernameForms } from '#db/queries/usernames.ts'

export const DAY_MS = 24 * 60 * 60 * 1000
export const NOW = Date.UTC(2026, 5, 15, 17, 30)

/** The correlation id of what tests do. */
export const CORRELATION_ID = '0123456789abcdef0123456789abcdef'

/** An account id that no other test uses. */
export function newAccountId(): string {
  return toBase64url(randomBytes(16))
}

/** A registration of a new account. */
export function newRegistration(changes: Partial<Registration> = {}): Registration {
  return {
    account: newAccountId(),
    identityKey: randomBytes(33),
    deviceList: randomBytes(120),
    deviceListSignature: randomBytes(64),
    deviceListVersion: 1,
    correlationId: CORRELATION_ID,
    now: NOW,
    ...changes,
  }
}

/** A name that no other test uses; it looks like nothing else. */
export function newName(): UsernameForms {
  const canonical = `u${toBase64url(randomBytes(8)).toLowerCase()}`
  return { canonical, skeleton: `skeleton:${canonical}`, display: canonical.toUpperCase() }
}

/** One envelope for device 1 of `accountId`. */
export function envelope(accountId: string, seq: number, changes: Partial<ArchivedEnvelope> = {}): ArchivedEnvelope {
  return {
    accountId,
    incarnation: 'first',
    device: 1,
    seq,
    messageId: toBase64url(randomBytes(16)),
    senderAccount: null,
    senderDevice: null,
    body: toBase64url(randomBytes(60)),
    urgent: true,
    acceptedAt: NOW + seq,
    expiresAt: NOW + 30 * DAY_MS,
    ...changes,
  }
}
