/** Why a ratchet step was refused. None of these carries plaintext or a secret key. */

/**
 * - `badMac`, `malformed`, `badVersion`, `lowOrderPoint`, `badSignature`: broken or hostile input; retrying it is useless.
 * - `duplicate`: read before; drop it.
 * - `noSession`, `unknownPrekey`, `tooFarAhead`: the two sides are out of step; ask the sender for a new session.
 * - `identityChanged`: the user must decide.
 */
export type DecryptionErrorCode =
  | 'badMac'
  | 'duplicate'
  | 'noSession'
  | 'unknownPrekey'
  | 'identityChanged'
  | 'badVersion'
  | 'lowOrderPoint'
  | 'malformed'
  | 'tooFarAhead'
  | 'badSignature'

/** A refused step. Nothing has changed: there are no changes to commit. */
export abstract class DecryptionError extends Error {
  abstract readonly code: DecryptionErrorCode
}

/** The message was not made by the holder of the session, or was altered on its way. */
export class BadMacError extends DecryptionError {
  override readonly name = 'BadMacError'
  readonly code = 'badMac'
  constructor() {
    super('The message does not authenticate.')
  }
}

/** The message's key was used before: this message was read already. */
export class DuplicateMessageError extends DecryptionError {
  override readonly name = 'DuplicateMessageError'
  readonly code = 'duplicate'
  constructor() {
    super('The message was read before.')
  }
}

/** No session with this device that could be used. Start one from a fresh prekey bundle. */
export class NoSessionError extends DecryptionError {
  override readonly name = 'NoSessionError'
  readonly code = 'noSession'
  constructor() {
    super('There is no session with this device.')
  }
}

/** A first message names a prekey that this device does not have (any more): a one-time prekey serves once. */
export class UnknownPrekeyError extends DecryptionError {
  override readonly name = 'UnknownPrekeyError'
  readonly code = 'unknownPrekey'
  constructor() {
    super('The message uses a prekey that does not exist on this device.')
  }
}

/** The account's identity key is not the one that is trusted. Accepting it is the user's decision. */
export class IdentityChangedError extends DecryptionError {
  override readonly name = 'IdentityChangedError'
  readonly code = 'identityChanged'
  readonly account: string
  /** The key that was offered, 33 octets. Its holder has not proved anything yet. */
  readonly identityKey: Uint8Array
  constructor(account: string, identityKey: Uint8Array) {
    super("The account's identity key is not the one that is trusted.")
    this.account = account
    this.identityKey = identityKey
  }
}

/** Not version 3 of the Signal protocol. */
export class BadVersionError extends DecryptionError {
  override readonly name = 'BadVersionError'
  readonly code = 'badVersion'
  constructor() {
    super('The message is of another version of the protocol.')
  }
}

/** A public key with which every secret is the same. */
export class LowOrderPointError extends DecryptionError {
  override readonly name = 'LowOrderPointError'
  readonly code = 'lowOrderPoint'
  constructor() {
    super('A public key has low order.')
  }
}

/** Not a message at all. */
export class MalformedMessageError extends DecryptionError {
  override readonly name = 'MalformedMessageError'
  readonly code = 'malformed'
  constructor(what: string) {
    super(`The message is malformed: ${what}.`)
  }
}

/** The message skips more keys than one message may (`RATCHET_LIMITS.skipPerMessage`). */
export class TooFarAheadError extends DecryptionError {
  override readonly name = 'TooFarAheadError'
  readonly code = 'tooFarAhead'
  constructor() {
    super('The message skips too many others.')
  }
}

/** A bundle's signed prekey is not signed by its identity key. */
export class BadSignatureError extends DecryptionError {
  override readonly name = 'BadSignatureError'
  readonly code = 'badSignature'
  constructor() {
    super('The signed prekey is not signed by the identity key.')
  }
}
