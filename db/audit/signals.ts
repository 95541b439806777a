/** What makes somebody suspicious, by name. How much each counts is in `durable-objects/watch/weights.ts`. */
export const SIGNALS = [
  /** A login whose challenge or signature was wrong. */
  'authFailure',
  /** An access token that was forged or revoked, or a ticket that was not good. */
  'tokenMisuse',
  /** Asking for what is not there: usernames, invites, links, delivery keys. */
  'enumeration',
  /** Registering beyond the limit. */
  'registrationFlood',
  /** Taking somebody's one-time prekeys or key packages beyond the limit. */
  'prekeyDrain',
  /** Beginning to write to more accounts, or sending to more inboxes and groups, than the limit. */
  'fanOutAbuse',
  /** Asking for more delivery or media tokens than the limit. */
  'tokenFarming',
  /** Opening more sockets, or sending more frames, than the limit. */
  'socketFlood',
  /** Asking for answers that are not read, until the socket had to be closed. */
  'slowReader',
  /** Going on after any other limit. */
  'flood',
] as const

export type Signal = (typeof SIGNALS)[number]
