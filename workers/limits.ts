/** How often the edge answers what. Windows are fixed and shared by the whole edge (`shared-state/`). */

import type { Allowance } from '#durable-objects/shared-state/contract.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

export const EDGE_LIMITS = {
  /** Challenges and logins from one address: a household behind one address, with room for reconnecting. */
  loginsPerAddress: { limit: 300, windowMs: MINUTE },
  /** Logins of one device: each lasts ten minutes. */
  loginsPerDevice: { limit: 30, windowMs: MINUTE },
  /** Username lookups of one account: enough to start conversations, too few to walk a dictionary. */
  lookupsPerAccount: { limit: 60, windowMs: MINUTE },
  /** Device lists and prekey bundles asked for by one account. */
  bundlesPerAccount: { limit: 120, windowMs: MINUTE },
  /** Username changes of one account, each of which holds a name back for 30 days. */
  usernamesPerAccount: { limit: 5, windowMs: 24 * HOUR },
  /** Socket tickets of one account: ten devices on a bad link. */
  ticketsPerAccount: { limit: 120, windowMs: MINUTE },
} as const satisfies Record<string, Allowance>

/** Registrations of one address; the number is the deployment's. */
export function registrationAllowance(perHour: number): Allowance {
  return { limit: perHour, windowMs: HOUR }
}
