/**
 * Every error that crosses the wire. Grouped by what the other side should do next, which is all that a program may
 * branch on besides the code itself; the message is for people and may change.
 */

/** Correct the request; the same one will fail again. */
export const FIX = {
  notJson: 'The body or frame is not JSON.',
  malformed: 'The body or frame does not match its schema.',
  unknownFrame: 'There is no frame of this type.',
  tooLarge: 'The body or frame is over the size limit.',
  notFound: 'There is nothing at this address.',
  methodNotAllowed: 'This address does not take that method.',
  unsupportedMediaType: 'Send the body as application/json.',
  originNotAllowed: 'Sockets are opened from the origins that this deployment names.',
  upgradeRequired: 'This address takes WebSocket connections only.',
  unsupportedVersion: 'Speak the protocol version that this relay offers.',
  helloExpected: 'Send hello before any other frame, and once per socket.',
  ackOfTheFuture: 'The acknowledgement names an envelope that was not delivered yet.',
  deviceMismatch: 'The envelopes do not match the recipient’s devices; encrypt for the list in the answer.',
  messageIdReused: 'This message id was used before with another payload; take a new one.',
  unknownRecipient: 'There is no such account.',
  unknownDevice: 'There is no such device in this account.',
  accountTaken: 'This account id belongs to another identity; draw a new one.',
  usernameTaken: 'This username, or one that looks like it, is taken.',
  usernameInvalid: 'Usernames are 3 to 32 letters a–z, digits, dots and underscores, and start with a letter.',
  usernameReserved: 'This username is reserved.',
  usernameNotFound: 'Nobody has this username.',
  inviteInvalid: 'The invite code is wrong, used up or expired.',
  registrationClosed: 'This relay does not take new accounts.',
  inviteRequired: 'This relay takes new accounts by invitation; send an invite code.',
  deviceListInvalid: 'The device list or its signature is not valid.',
  deviceListConflict: 'The device list has moved on; fetch it and make the next version.',
  tooManyDevices: 'The account has as many devices as it can have.',
  deviceIdReused: 'Device ids are never used twice; take a higher one.',
  prekeyInvalid: 'A prekey or its signature is not valid.',
  prekeyConflict: 'A prekey with this id and another value was uploaded before.',
  keyPackageInvalid: 'A key package’s id is taken with another value, or there are too many.',
  groupNotFound: 'There is no such group.',
  groupTaken: 'This group id is taken; draw a new one.',
  notMember: 'This device is not a member of the group.',
  epochConflict: 'Another commit won this epoch; fetch it, then commit again.',
  staleEpoch: 'The message was made in another epoch than the present one; fetch, then encrypt it again.',
  sendProofInvalid: 'The signature is not by a key that members of this epoch have.',
  roleInsufficient: 'The role in this group does not allow that.',
  changeInvalid: 'The change does not fit the group’s members.',
  linkInvalid: 'The link was revoked, has expired, or never was.',
  groupFull: 'The group has as many members as it can have.',
  deliveryRefused: 'The credential opens no inbox of this account, or there is no such account.',
  deliveryTokenInvalid: 'The delivery token is wrong, retired or spent; take another.',
  deliveryKeyConflict:
    'The delivery key has moved on; learn it from another of your devices, then make the next version.',
  pushNotOffered: 'This relay does not push by that service.',
  mediaNotOffered: 'This relay keeps no media.',
  mediaNotFound: 'There is no such object, or it has expired.',
  mediaTaken: 'An object of this name exists with other properties; draw a new one.',
  mediaTokenInvalid: 'A token is wrong, retired or spent, or they are too few; take others.',
  mediaIncomplete: 'These parts are not what the object was announced with.',
} as const

/** Prove who you are again: sign a new challenge. */
export const REAUTHENTICATE = {
  tokenMissing: 'Send an access token in the Authorization header.',
  tokenInvalid: 'The access token is not valid here.',
  tokenExpired: 'The access token has expired.',
  tokenRevoked: 'The access token was revoked.',
  challengeInvalid: 'The challenge is wrong, expired or used.',
  signatureInvalid: 'The signature does not verify under the device’s key.',
  ticketInvalid: 'The socket ticket is wrong, expired or used.',
} as const

/** Try the same again later: after `retryAfterMs` where given, else with backoff. */
export const RETRY = {
  rateLimited: 'Too many requests; wait.',
  quotaExceeded: 'The recipient’s inbox is full.',
  tooManyInFlight: 'Too many messages wait for their answer; wait for some.',
  databaseUnavailable: 'The database cannot be reached; nothing was changed.',
  relayUnavailable:
    'The recipient’s relay did not answer; the message may or may not have been stored. Send it again under the same id.',
  prekeysUnavailable: 'The device has no signed prekey here at the moment.',
  mediaUnavailable: 'The storage of media cannot be reached; try again.',
  internal: 'Something failed here; the log has the correlation id.',
} as const

/** This connection or device is done: do not reconnect by itself. */
export const GIVE_UP = {
  replaced: 'A newer connection of this device took over.',
  deviceRevoked: 'This device was removed from the account.',
  tooManyErrors: 'Too many frames could not be understood.',
} as const

export const ERRORS = { ...FIX, ...REAUTHENTICATE, ...RETRY, ...GIVE_UP } as const

export type ErrorCode = keyof typeof ERRORS
export type RetryCode = keyof typeof RETRY
export type GiveUpCode = keyof typeof GIVE_UP

/** What the side that receives an error should do. */
export type ErrorAction = 'fix' | 'reauthenticate' | 'retry' | 'giveUp'

/** All codes, for schemas. */
export const ERROR_CODES = Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]]

/** The group of a code. */
export function actionFor(code: ErrorCode): ErrorAction {
  if (code in FIX) return 'fix'
  if (code in REAUTHENTICATE) return 'reauthenticate'
  return code in RETRY ? 'retry' : 'giveUp'
}

/** The HTTP status (RFC 9110 section 15) under which a code is answered. */
export function statusFor(code: ErrorCode): 400 | 401 | 403 | 404 | 405 | 409 | 413 | 415 | 426 | 429 | 500 | 503 {
  switch (code) {
    case 'notFound':
    case 'unknownRecipient':
    case 'unknownDevice':
    case 'usernameNotFound':
    case 'groupNotFound':
    case 'pushNotOffered':
    case 'mediaNotOffered':
    case 'mediaNotFound':
      return 404
    case 'methodNotAllowed':
      return 405
    case 'tooLarge':
      return 413
    case 'unsupportedMediaType':
      return 415
    case 'upgradeRequired':
      return 426
    case 'originNotAllowed':
    case 'registrationClosed':
    case 'inviteRequired':
    case 'inviteInvalid':
    case 'deviceRevoked':
    case 'notMember':
    case 'roleInsufficient':
    case 'sendProofInvalid':
    case 'linkInvalid':
    case 'deliveryRefused':
    case 'deliveryTokenInvalid':
    case 'mediaTokenInvalid':
      return 403
    case 'accountTaken':
    case 'usernameTaken':
    case 'deviceListConflict':
    case 'prekeyConflict':
    case 'messageIdReused':
    case 'deviceIdReused':
    case 'deviceMismatch':
    case 'replaced':
    case 'groupTaken':
    case 'epochConflict':
    case 'staleEpoch':
    case 'groupFull':
    case 'deliveryKeyConflict':
    case 'mediaTaken':
    case 'mediaIncomplete':
      return 409
    case 'rateLimited':
    case 'quotaExceeded':
    case 'tooManyInFlight':
      return 429
    case 'databaseUnavailable':
    case 'relayUnavailable':
    case 'prekeysUnavailable':
    case 'mediaUnavailable':
      return 503
    case 'internal':
      return 500
    case 'notJson':
    case 'malformed':
    case 'unknownFrame':
    case 'unsupportedVersion':
    case 'helloExpected':
    case 'ackOfTheFuture':
    case 'usernameInvalid':
    case 'usernameReserved':
    case 'deviceListInvalid':
    case 'tooManyDevices':
    case 'prekeyInvalid':
    case 'keyPackageInvalid':
    case 'changeInvalid':
    case 'tooManyErrors':
      return 400
    case 'tokenMissing':
    case 'tokenInvalid':
    case 'tokenExpired':
    case 'tokenRevoked':
    case 'challengeInvalid':
    case 'signatureInvalid':
    case 'ticketInvalid':
      return 401
  }
}

/**
 * WebSocket close codes (RFC 6455 section 7.4.2, the private range). The reason text is the error code; the number
 * tells a client that sees only numbers what to do.
 */
export const CLOSE_CODES = { fix: 4_400, reauthenticate: 4_401, giveUp: 4_410, retry: 4_429 } as const satisfies Record<
  ErrorAction,
  number
>
