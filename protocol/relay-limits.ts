/** Limits of the wire that only a relay keeps, with their reasons: apart, so that clients do not carry them. Sizes are octets before base64url, times are milliseconds. */

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const KIB = 1_024
const MIB = 1_024 * KIB

export const RELAY_LIMITS = {
  /** One-time prekeys that an object keeps for a device: what a device uploads at once, and as many again in flight. */
  oneTimePrekeysStored: 200,
  /** Below this many, the relay tells the device to upload more. */
  oneTimePrekeysLow: 25,

  /** Envelopes of one inbox: about a month of a busy account for a device that is switched off. */
  inboxEnvelopes: 10_000,
  /** Octets of one inbox. An object's storage is 10 GB; ten devices use at most 640 MiB of it. */
  inboxBytes: 64 * MIB,
  /** Envelopes pushed to one socket and not yet acknowledged: bounds what a slow reader makes the relay buffer. */
  unacknowledged: 256,
  /** The same in octets. */
  unacknowledgedBytes: 4 * MIB,
  /**
   * Characters sent on a socket after which the relay asks whether they were read: seldom enough to cost nothing, often
   * enough to notice within what the next limits allow.
   */
  readCheckEvery: 256 * KIB,
  /** Unread characters from which a device is behind: ephemeral messages are dropped, and groups leave it news instead of entries. */
  unreadBehind: 2 * MIB,
  /** Unread characters from which no envelopes are pushed: the window, in base64url and JSON. */
  unreadPushed: 6 * MIB,
  /**
   * Unread characters at which a socket is closed. What others send stays below, so it is the client's own requests whose
   * answers it does not read. Ten such devices leave an isolate of 128 MB running.
   */
  unreadMost: 8 * MIB,
  /** Unread characters on an account's sockets that were closed and whose clients have not gone; beyond it none is opened. */
  unreadClosing: 16 * MIB,
  /** Sockets of an account, those included that were closed and whose clients have not gone: bad links leave some for minutes. */
  socketsPerAccount: 64,
  /** Octets of envelope bodies in one `envelopes` frame, so that a page never nears the frame limit. */
  pageBytes: 512 * KIB,
  /** Messages of one socket that wait for their answer. More are refused with `tooManyInFlight`. */
  sendsInFlight: 256,
  /** Frames that cannot be parsed before the socket is closed: a client this wrong does not get better. */
  badFramesPerSocket: 16,

  /** A socket ticket's life: one round trip, with a bad link in mind. */
  ticketTtl: 30 * SECOND,
  /** Unused tickets of one account at once. */
  ticketsPerAccount: 20,
  /** A login challenge's life. */
  challengeTtl: 60 * SECOND,

  /** Entries of a group's log that nobody deletes yet: beyond it, sends are refused. */
  groupLogEntries: 50_000,
  /** Octets of the same. */
  groupLogBytes: 512 * MIB,
  /** How long a member that was offered to rejoin may do so. */
  groupRejoinTtl: 60 * MINUTE,

  /** Key packages of one suite that a relay keeps for a device. */
  keyPackagesStored: 50,

  /** How long the deployment signs certificates under one key. Far above an inbox's 30 days, so that two keys are enough to check all of it. */
  certificateKeyLife: 90 * DAY,
  /** How long a device keeps a former sealing key: the relay takes nothing for it any more, and an inbox holds envelopes for 30 days. */
  formerSealingKeyTtl: 31 * DAY,
  /** Delivery tokens of one account in a day: messages to strangers, of which a person writes few. */
  tokensPerDay: 40,
  /** Part of an inbox that contacts together can fill without saying who they are: the rest is for devices that say so. */
  contactsPart: 0.9,
  /** The same of strangers with tokens, who so keep no contact out. */
  strangersPart: 0.5,
  /** How long an address for uploading a part is good: 5 MiB at 12 kbit/s. */
  mediaUploadUrlTtl: 1 * HOUR,
  /** How long one for downloading is good. What was begun goes on; who was interrupted asks again. */
  mediaFetchUrlTtl: 15 * MINUTE,

  /** Weeks after which a device that is connected is reminded of its signed prekey: a client renews it weekly, so it has missed a turn. */
  signedPrekeyOldWeeks: 2,
  /** Weeks without a new signed prekey after which a device counts as not in use: the relay has begun to delete what waits for it (`envelopeTtl`). */
  deviceIdleWeeks: 5,

  /** How long an urgent envelope may wait for its acknowledgement before the device is woken: longer than a connected one takes. */
  pushAfter: 5_000,
  /** Time between two pushes to one device: what came in between is seen when it wakes. */
  pushEvery: 60_000,
  /**
   * How long a group lets a device that is away sleep on, once it has told its relay of something urgent: whoever dismissed the notice is told
   * again, and a busy group of 1,000 does not call half of them for each message.
   */
  groupUrgentEvery: HOUR,
  /** How long a push service keeps trying a device that is off. */
  pushTtl: 3 * DAY,

  /** Spent tokens that a recipient's relay remembers. Beyond it no stranger gets through until a key retires. */
  spentTokens: 5_000,
} as const
