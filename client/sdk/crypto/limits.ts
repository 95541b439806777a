/** What one peer may cost this device, with the reason for each. */
export const RATCHET_LIMITS = {
  /**
   * Message keys that one message may skip. Keys are derived before the message authenticates, two HMACs each: this
   * bounds a forgery to about 20 ms of work. Also what the library's own loop allows for one chain.
   */
  skipPerMessage: 2_000,
  /** Message keys kept for messages that may still come, over all sessions of one device: about 120 KB of its record. */
  skippedKeys: 2_000,
  /** Closed receive chains of a session. Messages of a chain arrive late only when it was overtaken within the same queue. */
  receiveChains: 10,
  /** Closed sessions of one device: what both sides opened at once, and what was under way when one side set up anew. */
  archivedSessions: 40,
} as const
