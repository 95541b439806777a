/** Every limit of the wire, with its reason. Sizes are octets before base64url, times are milliseconds. */

const SECOND = 1_000
const MINUTE = 60 * SECOND
const DAY = 24 * 60 * MINUTE
const KIB = 1_024
const MIB = 1_024 * KIB

export const LIMITS = {
  /** One envelope's body. A padded message of the largest bucket (60 KiB) plus ratchet and prekey headers fits. */
  envelopeBytes: 64 * KIB,
  /** One frame, as text. Ten devices' envelopes of a large message, or a page of 256 small ones, fit. */
  frameBytes: 1 * MIB,
  /** One HTTP body: a full prekey upload (100 keys of about 80 octets of JSON) with room to spare. */
  httpBodyBytes: 256 * KIB,
  /** Devices of one account. A send carries one envelope for each, so this multiplies every message. */
  devices: 10,
  /** Highest device id. Ids are never reused, so this also bounds how often an account can link anew. */
  deviceId: 65_535,
  /** Registration ids as libsignal draws them: 14 bits, and never 0. */
  registrationId: 16_383,
  /** Prekey ids: 24 bits, as in libsignal's own uploads. */
  prekeyId: 0xff_ff_ff,
  /** One-time prekeys that an object keeps for a device: what a device uploads at once, and as many again in flight. */
  oneTimePrekeysStored: 200,
  /** One-time prekeys in one upload. */
  oneTimePrekeysPerUpload: 100,
  /** Below this many, the relay tells the device to upload more. */
  oneTimePrekeysLow: 25,
  /** Bundles with a one-time prekey that one account may take from another at once; later ones go without (X3DH allows it). */
  prekeyBurst: 10,
  /** After a burst, one more such bundle each ten minutes, so that nobody drains a stranger's prekeys. */
  prekeyRefill: 10 * MINUTE,

  /** Envelopes of one inbox: about a month of a busy account for a device that is switched off. */
  inboxEnvelopes: 10_000,
  /** Octets of one inbox. An object's storage is 10 GB; ten devices use at most 640 MiB of it. */
  inboxBytes: 64 * MIB,
  /** How long an undelivered envelope, and the memory of its message id, are kept. */
  envelopeTtl: 30 * DAY,
  /** Envelopes pushed to one socket and not yet acknowledged: bounds what a slow reader makes the relay buffer. */
  unacknowledged: 256,
  /** The same in octets. */
  unacknowledgedBytes: 4 * MIB,
  /** Octets of envelope bodies in one `envelopes` frame, so that a page never nears the frame limit. */
  pageBytes: 512 * KIB,
  /** Sparse acknowledgements in one frame: a client with more out of order than the window is wrong. */
  sparseAcks: 256,
  /** Messages in one `send` frame. */
  messagesPerSend: 64,
  /** Messages of one socket that wait for their answer. More are refused with `tooManyInFlight`. */
  sendsInFlight: 256,
  /** Frames that a socket may send at once before it is slowed, and how many it gains per second. */
  frameBurst: 2_000,
  framesPerSecond: 500,
  /** Frames that cannot be parsed before the socket is closed: a client this wrong does not get better. */
  badFramesPerSocket: 16,

  /** A socket ticket's life: one round trip, with a bad link in mind. */
  ticketTtl: 30 * SECOND,
  /** Unused tickets of one account at once. */
  ticketsPerAccount: 20,
  /** An access token's life. There is no refresh token: the device signs a new challenge. */
  accessTokenTtl: 10 * MINUTE,
  /** A login challenge's life. */
  challengeTtl: 60 * SECOND,
  /** How far a client's clock may be off before its statements about time are ignored. */
  clockSkew: 5 * MINUTE,

  /** Characters of a username. Three leave enough names, thirty-two fit a phone's line. */
  usernameMin: 3,
  usernameMax: 32,
  /** Characters of an invite code. */
  inviteCodeMax: 64,
  /** A signed device list: ten devices at about 200 octets of JSON. */
  deviceListBytes: 8 * KIB,

  /** UTF-8 octets of a text message; longer text is an attachment. */
  textBytes: 24 * KIB,
  /**
   * The same with its styles as JSON, which escapes some characters by a backslash (two octets) and control characters by
   * six: what the largest bucket holds, less the 512 octets that `syncSent` and `resent` may put around it.
   */
  textJsonBytes: 60 * KIB - 512,
  /** Style ranges of one text. */
  styleRanges: 256,
  /** Characters of a profile name. */
  profileNameMax: 64,
  /** Levels of objects and arrays in content: ours nest four; beyond some thousands nobody could store what was parsed. */
  contentNesting: 32,
  /** Message ids in one receipt. */
  receiptMessages: 256,
} as const

/** Plaintext is padded to one of these, so that its length tells at most which of nine buckets it is in. */
export const PADDING_BUCKETS = [256, 512, 1_024, 2_048, 4_096, 8_192, 16_384, 32_768, 61_440] as const
