/** What a verified finding of the log means for a list that is known: pure, so that its rules can be tested alone. */

import type { KeyLogFailure, KeyLogWait } from './failures.ts'

/** A list by its version and the SHA-256 of its octets, in base64url. */
export interface ListName {
  readonly version: number
  readonly digest: string
}

/** A finding, with octets as text. `ownSigned`, of the own account: whether the own identity key signed the list. */
export type Finding =
  | ({ readonly kind: 'listed'; readonly ownSigned: boolean } & ListName)
  | { readonly kind: 'removed' }
  | { readonly kind: 'absent' }

export type Verdict =
  | { readonly verdict: 'shown' }
  | { readonly verdict: 'wait'; readonly reason: KeyLogWait }
  /** The relay has to be asked for its list again: the log has a newer one. */
  | { readonly verdict: 'outdated' }
  | { readonly verdict: 'alarm'; readonly failure: KeyLogFailure }

/** Time that the log has for a list of the own account before its devices call it withheld. */
export const UNLOGGED_MS = 60 * 60_000

/** Of another account: only what the log shows exactly may be written to. */
export function judgeContact(finding: Finding, known: ListName): Verdict {
  if (finding.kind === 'removed') return { verdict: 'wait', reason: 'accountRemoved' }
  if (finding.kind === 'absent' || finding.version < known.version) return { verdict: 'wait', reason: 'listUnlogged' }
  // A list is logged before it is served: for a moment this is so with an honest relay too.
  if (finding.version > known.version) return { verdict: 'outdated' }
  return finding.digest === known.digest ? { verdict: 'shown' } : { verdict: 'alarm', failure: 'listForged' }
}

/**
 * Of the own account.
 *
 * @param unloggedSince when this device saw first that its list is not in the log; milliseconds
 */
export function judgeOwn(finding: Finding, known: ListName, unloggedSince: number | undefined, now: number): Verdict {
  if (finding.kind === 'removed') return { verdict: 'alarm', failure: 'ownListForged' }
  if (finding.kind === 'absent' || finding.version < known.version) {
    const isLate = unloggedSince !== undefined && now - unloggedSince >= UNLOGGED_MS
    return isLate ? { verdict: 'alarm', failure: 'ownListUnlogged' } : { verdict: 'wait', reason: 'listUnlogged' }
  }
  if (!finding.ownSigned) return { verdict: 'alarm', failure: 'ownListForged' }
  // Another own device may have made it just now.
  if (finding.version > known.version) return { verdict: 'outdated' }
  return finding.digest === known.digest ? { verdict: 'shown' } : { verdict: 'alarm', failure: 'ownListForged' }
}
