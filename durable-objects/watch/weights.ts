/** How much each signal counts, and from which score on something is done. */

import type { Signal } from '#db/audit/signals.ts'

/** Who is watched: an account, for what it does itself; or a network address, behind which many may be. */
export type Whose = 'account' | 'address'

/**
 * By account: a client that keeps to what it is told makes none of these, or a few. By address, where a school of 3,000
 * devices may be behind it, what can happen to honest devices all at once (a flood of logins after an outage, tokens
 * under a secret that was changed) counts so little that only somebody who ignores every answer gets anywhere.
 */
export const WEIGHTS: Readonly<Record<Signal, Readonly<Record<Whose, number>>>> = {
  authFailure: { account: 1, address: 1 },
  tokenMisuse: { account: 1, address: 0.2 },
  // Names that an account may ask for in vain: 15 a minute. Going on at that speed is a block after ten minutes.
  enumeration: { account: 1, address: 0.2 },
  registrationFlood: { account: 0.5, address: 0.5 },
  prekeyDrain: { account: 2, address: 0.2 },
  // A changed name that goes to more than a thousand contacts is refused some hundred times.
  fanOutAbuse: { account: 0.2, address: 0.02 },
  tokenFarming: { account: 2, address: 0.2 },
  // Each was a socket's end, by account.
  socketFlood: { account: 10, address: 0.02 },
  slowReader: { account: 20, address: 1 },
  flood: { account: 0.5, address: 0.01 },
}

/** In which a score falls to a half. */
export const HALF_LIFE_MS = 10 * 60_000

export const SLOWED_AT = 50
export const BLOCKED_AT = 100

export const SLOWED_FOR_MS = 10 * 60_000
/** The first block of late; each further one is twice as long. */
export const BLOCKED_FOR_MS = 15 * 60_000
/** An address has more people behind it, and is somebody else's tomorrow. */
export const LONGEST_BLOCK_MS: Readonly<Record<Whose, number>> = { account: 24 * 3_600_000, address: 4 * 3_600_000 }
/** How long after a block it counts for the next. */
export const BLOCK_REMEMBERED_MS = 24 * 3_600_000
