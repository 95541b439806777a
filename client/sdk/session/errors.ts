/** What the engine's calls can refuse, besides what the relay and the store say. */

/** Register or link first. */
export class NotRegisteredError extends Error {
  override readonly name = 'NotRegisteredError'
  readonly code = 'notRegistered'
  constructor() {
    super('This store holds no registered device yet.')
  }
}

/** The store holds an account already: one engine, one account. */
export class AlreadyRegisteredError extends Error {
  override readonly name = 'AlreadyRegisteredError'
  readonly code = 'alreadyRegistered'
  constructor() {
    super('This store holds a registered device already.')
  }
}

/** This device was removed from its account. Its data stay readable. */
export class DeviceRevokedError extends Error {
  override readonly name = 'DeviceRevokedError'
  readonly code = 'deviceRevoked'
  constructor() {
    super('This device was removed from its account.')
  }
}

/** The engine was closed. */
export class EngineClosedError extends Error {
  override readonly name = 'EngineClosedError'
  readonly code = 'engineClosed'
  constructor() {
    super('The engine is closed.')
  }
}

/** There is no such message here, or not in a state in which this can be done. */
export class MessageNotFoundError extends Error {
  override readonly name = 'MessageNotFoundError'
  readonly code = 'messageNotFound'
  constructor() {
    super('There is no such message.')
  }
}

/** Nothing is sent to an account that is blocked: unblock it first. */
export class ContactBlockedError extends Error {
  override readonly name = 'ContactBlockedError'
  readonly code = 'contactBlocked'
  constructor() {
    super('This account is blocked.')
  }
}

/** The message id that the caller gave is another message's. */
export class MessageIdReusedError extends Error {
  override readonly name = 'MessageIdReusedError'
  readonly code = 'messageIdReused'
  constructor() {
    super('This message id is that of another message.')
  }
}

/** What was to be sent is not content that the protocol allows: an empty or too long text, a style beyond its end, a malformed id. */
export class ContentInvalidError extends Error {
  override readonly name = 'ContentInvalidError'
  readonly code = 'contentInvalid'
}

/** The conversation has as many pinned messages as somebody looks through: one has to go first. */
export class TooManyPinnedError extends Error {
  override readonly name = 'TooManyPinnedError'
  readonly code = 'tooManyPinned'
  constructor() {
    super('There are too many pinned messages.')
  }
}

/** The link request or bundle is not one, is for another device, or was altered. Start the linking anew. */
export class LinkInvalidError extends Error {
  override readonly name = 'LinkInvalidError'
  readonly code = 'linkInvalid'
  constructor(options?: ErrorOptions) {
    super('This is not a valid link request or bundle.', options)
  }
}

/**
 * The relay showed a device list that cannot be true: badly signed (`deviceListForged`), older than one seen before, or
 * another of the same version (`deviceListRolledBack`), or signed by another identity (`identityChanged`).
 */
export class DeviceListError extends Error {
  override readonly name = 'DeviceListError'
  readonly code: 'deviceListForged' | 'deviceListRolledBack' | 'identityChanged'
  constructor(code: DeviceListError['code']) {
    super('The relay answered with a device list that cannot be accepted.')
    this.code = code
  }
}

/** The account's identity key is not known yet: nothing was exchanged with it. */
export class IdentityUnknownError extends Error {
  override readonly name = 'IdentityUnknownError'
  readonly code = 'identityUnknown'
  constructor() {
    super('The identity key of this account is not known.')
  }
}
