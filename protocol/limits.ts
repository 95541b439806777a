/** Limits of the wire that both sides know, with their reasons; those that only a relay keeps are in `relay-limits.ts`. Sizes are octets before base64url, times are milliseconds. */

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
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
  /** One-time prekeys in one upload. */
  oneTimePrekeysPerUpload: 100,

  /** How long an undelivered envelope, and the memory of its message id, are kept. */
  envelopeTtl: 30 * DAY,
  /** Sparse acknowledgements in one frame: a client with more out of order than the window is wrong. */
  sparseAcks: 256,
  /** Messages in one `send` frame. */
  messagesPerSend: 64,

  /** An access token's life. There is no refresh token: the device signs a new challenge. */
  accessTokenTtl: 10 * MINUTE,
  /** How far a client's clock may be off before its statements about time are ignored. */
  clockSkew: 5 * MINUTE,

  /** Characters of a username. Three leave enough names, thirty-two fit a phone's line. */
  usernameMin: 3,
  usernameMax: 32,
  /** Characters of an invite code. */
  inviteCodeMax: 64,
  /** A signed device list: ten devices at about 1.7 KiB of JSON, nearly all of it the key that envelopes are sealed to. */
  deviceListBytes: 20 * KIB,

  /** UTF-8 octets of a text message; longer text is an attachment. */
  textBytes: 24 * KIB,
  /**
   * The same with its styles as JSON, which escapes some characters by a backslash (two octets) and control characters by
   * six: what the largest bucket holds, less the 512 octets that `syncSent` and `resent` may put around it.
   */
  textJsonBytes: 60 * KIB - 512,
  /** Style ranges of one text. */
  styleRanges: 256,
  /** Accounts that one text names. */
  mentions: 64,
  /** UTF-8 octets of a reaction: the longest emoji of a family with skin tones is 41. */
  emojiBytes: 64,
  /** Versions that are kept of a text besides its first: who corrects it more often loses the oldest of them. */
  editVersions: 15,
  /** Messages of a conversation that were heard of before they came; beyond it the oldest is forgotten. */
  earlyTargets: 256,
  /** Messages that one `syncDelete` names. */
  deletedAtOnce: 256,
  /** Pinned messages of a conversation that a client adds to: as many as somebody looks through. */
  pinnedMessages: 32,
  /** Longest timer of disappearing messages: 52 weeks, in seconds. What shall stay longer need not disappear. */
  timerSeconds: (52 * 7 * DAY) / SECOND,
  /**
   * How far a change of what two people share may count beyond those that its reader knows: more than anybody misses, and
   * so few that nobody can come near the highest integer, after which no change would count any more.
   */
  revisionStep: 65_536,
  /** Characters of a profile name. */
  profileNameMax: 64,
  /** Levels of objects and arrays in content: ours nest four; beyond some thousands nobody could store what was parsed. */
  contentNesting: 32,
  /** Message ids in one receipt. */
  receiptMessages: 256,

  /** Accounts of one group (Signal: 1,001; Wire: 500). */
  groupAccounts: 1_000,
  /** Devices of one group: MLS leaves. Above it, commits take seconds on a phone (`bench/`). */
  groupDevices: 2_000,
  /** Devices that one commit adds, or removes: keeps a welcome of the post-quantum suite below its limit. */
  groupDevicesPerCommit: 100,
  /** An application message: an envelope's plaintext, MLS's header, signature and tags. */
  groupMessageBytes: 64 * KIB,
  /** A commit of the post-quantum suite holds a 1.1 KiB ciphertext for each blank subtree: 500 fresh leaves. */
  groupCommitBytes: 768 * KIB,
  /** A welcome, or a GroupInfo, with its ratchet tree: 1.5 KiB for each leaf of the post-quantum suite. SQLite rows end at 2 MB. */
  groupWelcomeBytes: 1_536 * KIB,
  /** A commit's HTTP body: commit, welcome and a box, in base64url. */
  groupCommitRequestBytes: 6 * MIB,
  /** A send's HTTP body: the largest message, with room for some smaller ones. */
  groupSendRequestBytes: 512 * KIB,
  /** Messages in one send to a group. */
  groupMessagesPerSend: 32,
  /** Entries of a page, with at most `pageBytes` of bodies, and at least one. */
  groupPageEntries: 256,
  /** How long an entry is kept for members that have not fetched it. */
  groupEntryTtl: 30 * DAY,
  /** Groups in one `groupAck`. */
  groupAcksPerFrame: 64,
  /** Invite links of a group at once. */
  groupLinks: 4,
  /** Profiles in one message to new members: at most 240 octets of JSON each, 250 of them below the largest bucket. */
  groupProfiles: 250,
  /** Messages from before they came that joiners are shown at most: some screens full, which one member sends in seconds. */
  groupHistory: 500,
  /** One part of them as JSON: the largest text with its author, id and time around it, and room for `resent` around that. */
  groupHistoryBytes: 60 * KIB - 200,
  /** Parts of one answer: 2 MiB for each device of who asked. Longer histories are cut at their old end. */
  groupHistoryParts: 32,
  /** Characters of a group's name. */
  groupNameMax: 64,

  /** One key package: the post-quantum suite's has two X-Wing keys of 1,216 octets. */
  keyPackageBytes: 8 * KIB,
  /** Key packages of one suite in one upload. */
  keyPackagesPerUpload: 25,
  /** An upload's HTTP body: as many packages, and one of last resort, of the largest size in base64url are 280 KiB. */
  keyPackageUploadBytes: 384 * KIB,
  /** Below this many of a suite, the relay tells the device to upload more. */
  keyPackagesLow: 8,

  /** A sender certificate's life: what a device that was removed can still claim in sealed envelopes. */
  certificateTtl: 1 * DAY,
  /** Certificates are dated to the hour, so that a recipient does not learn when exactly the sender fetched one. */
  certificateStep: 1 * HOUR,
  /** Deliveries in one request: the accounts of a small circle. */
  deliveriesPerRequest: 16,
  /** A request's HTTP body: ten devices' sealed envelopes of the largest message are 820 KiB in base64url. */
  deliveryRequestBytes: 1 * MIB,
  /** How long a former delivery key still opens: the time in which contacts that are about learn the new one. */
  deliveryKeyGrace: 7 * DAY,
  /** How long delivery tokens are issued under one key. They are taken as long again. */
  tokenKeyLife: 7 * DAY,
  /** Delivery tokens of one request. */
  tokensPerRequest: 10,
  /** Octets of one file, before padding: what Signal and Wire take. */
  mediaBytes: 100 * MIB,
  /** Files of one message. Each is some 400 octets of its content; two with long names and thumbnails are 10 KiB. */
  mediaItems: 10,
  /** One sealed chunk, its tag included. A client holds a few; R2's parts are whole numbers of them. */
  mediaChunkBytes: 1 * MIB,
  /** A part of an upload: R2's least for all but the last, so that little is sent again and progress is seen. */
  mediaPartBytes: 5 * MIB,
  /** Sealed octets that one token stores for 30 days: two parts. Most photographs and voice messages take one. */
  mediaTokenBytes: 10 * MIB,
  /** How long an object is kept unless it is renewed: as long as an envelope may wait for its reader. */
  mediaTtl: 30 * DAY,
  /** How long an upload may take before what came of it is deleted. */
  mediaUploadTtl: 1 * DAY,
  /** How much longer than its message's timer an object is kept: readers may be away, and a timer runs from reading. */
  mediaTimerGrace: 7 * DAY,
  /** Characters of a file's name. */
  mediaNameMax: 255,
  /** Characters of what somebody says is to be seen, for who does not see it. */
  mediaAltMax: 1_000,
  /** Octets of what stands for a picture until it is there; the format has 25 at most. */
  mediaThumbhashBytes: 32,
  /** Octets of a small picture in the message, that stands for a video until it is played. */
  mediaThumbnailBytes: 3 * KIB,
  /** Loudnesses of a voice message: as many bars as a phone has room for. */
  mediaWaveform: 64,
  /** Longest side of what is shown as a picture, in pixels. */
  mediaSideMax: 32_767,

  /** Characters of a push service's address: several times what the longest has. */
  pushEndpointMax: 2_048,
} as const

/** Plaintext is padded to one of these, so that its length tells at most which of nine buckets it is in. */
export const PADDING_BUCKETS = [256, 512, 1_024, 2_048, 4_096, 8_192, 16_384, 32_768, 61_440] as const

/**
 * What stands around padded content in a sealed envelope's plaintext, at most: the sender certificate (132), the headers of
 * a prekey message (170 with the longest numbers) and the mark of the padding (1).
 */
const SEALED_OVERHEAD = 320

/**
 * A sealed envelope's plaintext is padded to one of these. There is one for each bucket of content, so that neither a
 * ratchet's counters nor a prekey message can be told by length.
 */
export const SEALED_BUCKETS = PADDING_BUCKETS.map((bucket) => bucket + SEALED_OVERHEAD)
