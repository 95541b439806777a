/** What failed, as a code that crosses threads. */

import { ERRORS, type ErrorCode } from '#protocol/errors.ts'
import { RelayError } from '#sdk/transport/errors.ts'
import type { CommandFailure, FailureCode } from './api.ts'

type Code = CommandFailure['code']

/** The codes of the engine's, the stores' and the vault's errors that are not the relay's: what a tab is told for each. */
const CODES: Readonly<Record<string, Code>> = {
  offline: 'offline',
  unexpectedAnswer: 'offline',
  contentInvalid: 'contentInvalid',
  wrongPassphrase: 'wrongPassphrase',
  wrongRecoveryKey: 'wrongRecoveryKey',
  locked: 'locked',
  engineClosed: 'locked',
  storeClosed: 'locked',
  deviceRevoked: 'deviceRevoked',
  groupUnknown: 'groupNotFound',
  groupNotJoined: 'notMember',
  groupBroken: 'groupBroken',
  groupBusy: 'rateLimited',
  messageNotFound: 'notFound',
  mediaTooLarge: 'mediaTooLarge',
  mediaUnreadable: 'mediaUnreadable',
  mediaCancelled: 'mediaCancelled',
  mediaGone: 'mediaGone',
  mediaTruncated: 'mediaTruncated',
  mediaKeyWrong: 'mediaKeyWrong',
  mediaSwapped: 'mediaSwapped',
  mediaCorrupted: 'mediaCorrupted',
  tooManyPinned: 'tooManyPinned',
  identityUnknown: 'unknownRecipient',
  deviceListForged: 'deviceListInvalid',
  deviceListRolledBack: 'deviceListInvalid',
  identityChanged: 'deviceListInvalid',
  storeFull: 'storageFull',
  storeVersion: 'storageNewer',
  storeLost: 'storageLost',
  // What is stored cannot be read any more: parts of it were evicted or damaged.
  recordSeal: 'storageLost',
  recordInvalid: 'storageLost',
  vaultDamaged: 'storageLost',
  deviceKeyLost: 'storageLost',
  storeFailed: 'storageUnavailable',
  storeBlocked: 'storageUnavailable',
  storeLocked: 'storageUnavailable',
  locksUnavailable: 'locksUnavailable',
}

/** Of anything that was thrown. Carries no message: those may name what a tab must not show. */
export function toFailure(error: unknown): CommandFailure {
  if (error instanceof RelayError) {
    const { code, retryAfterMs } = error
    return retryAfterMs === undefined ? { code } : { code, retryAfterMs }
  }
  if (typeof error !== 'object' || error === null || !('code' in error)) return { code: 'internal' }
  const { code } = error
  if (typeof code !== 'string') return { code: 'internal' }
  if (Object.hasOwn(CODES, code)) return { code: CODES[code] ?? 'internal' }
  // A failure already, or a refusal under one of the relay's codes.
  return { code: Object.hasOwn(ERRORS, code) ? (code as ErrorCode) : 'internal' }
}

const FAILURE_CODES: Record<FailureCode, true> = {
  storageUnavailable: true,
  storageLost: true,
  storageFull: true,
  storageNewer: true,
  locksUnavailable: true,
  internal: true,
}

/** Why the engine does not run at all. */
export function toFailureCode(error: unknown): FailureCode {
  const { code } = toFailure(error)
  return Object.hasOwn(FAILURE_CODES, code) ? (code as FailureCode) : 'internal'
}

/** Refuses a call under a code of the relay's, before the relay is asked. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError'
  readonly code: ErrorCode
  constructor(code: ErrorCode) {
    super(ERRORS[code])
    this.code = code
  }
}
