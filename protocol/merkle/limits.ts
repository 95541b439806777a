/**
 * Limits of key transparency, each with its reason. Sizes are octets before base64url. What of them
 * crosses the wire stands in its schemas, and so in the wire's hash.
 */
export const KEY_LOG_LIMITS = {
  /** A signed note: sixteen signatures, which C2SP signed-note asks verifiers to take, each of the post-quantum size. */
  noteBytes: 128 * 1_024,
  /** Signature lines of one note: twice what C2SP signed-note asks for, which bounds the parsing of a note. */
  noteSignatures: 32,
  /** A log's name: a host name and a path, as C2SP tlog-checkpoint advises. */
  originBytes: 256,
  /** The checkpoint in an answer: the log's signature and sixteen Ed25519 cosignatures under names of 100 octets. */
  checkpointBytes: 4 * 1_024,
  /** Witnesses that a deployment asks for cosignatures: each is a request for each checkpoint that it cosigns. */
  witnesses: 8,
  /** Hashes of one inclusion or consistency proof: a tree of 2^53 leaves, the most that sizes here can count, needs 54. */
  proofHashes: 54,
  /**
   * A proof from the map: kind, depth, bitmap of 256 levels, 128 siblings, one entry. Indexes are pseudorandom, so that
   * 128 levels of company would take 2^64 accounts.
   */
  mapProofBytes: 1 + 2 + 32 + 128 * 32 + 64,
  /** A leaf of the log: the largest kind has 90 octets. Room for kinds to come. */
  leafBytes: 256,
  /** Blinded elements in one request for indexes: each costs the server some milliseconds. */
  indexesPerRequest: 32,
  /**
   * Accounts of one lookup: each is a call to an object of its own, of which a request may make fifty, and may bring a device list of
   * 27 KiB in base64url.
   */
  lookupsPerRequest: 32,
} as const

/** Octets of an element of ristretto255, and of a public key of the index function. */
export const ELEMENT_LENGTH = 32
