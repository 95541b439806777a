/**
 * Usernames. What a person types is normalised to a canonical form; a name is free when no taken name has the same
 * skeleton. ASCII only (see docs/decisions): a name that everybody can type and compare; profile names take any script.
 */

import { LIMITS } from './limits.ts'

/** Names that would let an account pass for the service or its staff. Compared by skeleton. */
const RESERVED = [
  'abuse admin administrator anonymous api area51 bot contact everyone',
  'help here info mail me mod moderator news nobody noreply null official owner postmaster privacy relay root',
  'security service settings silentrelay staff status support system team undefined unknown webmaster you',
]
  .join(' ')
  .split(' ')

/** Why a name cannot be had. */
export type UsernameProblem = 'usernameInvalid' | 'usernameReserved'

export type UsernameResult =
  | { readonly ok: true; readonly canonical: string; readonly skeleton: string; readonly display: string }
  | { readonly ok: false; readonly code: UsernameProblem }

/**
 * NFKC (so that full-width and other compatibility forms become their ASCII letters), lower case, one leading @ removed.
 * For looking a name up; it may still be no valid name.
 */
export function canonicalUsername(typed: string): string {
  return typed.trim().normalize('NFKC').toLowerCase().replace(/^@/, '')
}

/**
 * The prototype of a canonical name: equal for names that look alike in common fonts. The pairs are those that the
 * confusables data of UTS 39 has between lower-case ASCII and digits, and the digraphs that pass for one letter.
 */
export function usernameSkeleton(canonical: string): string {
  return canonical
    .replaceAll('0', 'o')
    .replaceAll(/[1il]/g, 'l')
    .replaceAll('5', 's')
    .replaceAll('m', 'rn')
    .replaceAll('w', 'vv')
    .replaceAll(/[._]+/g, '.')
}

const RESERVED_SKELETONS: ReadonlySet<string> = new Set(RESERVED.map(usernameSkeleton))
const SHAPE = /^[a-z](?:[._]?[a-z0-9])*$/

/** Checks a name that somebody wants to claim. */
export function parseUsername(typed: string): UsernameResult {
  const canonical = canonicalUsername(typed)
  if (canonical.length < LIMITS.usernameMin || canonical.length > LIMITS.usernameMax || !SHAPE.test(canonical)) {
    return { ok: false, code: 'usernameInvalid' }
  }
  const skeleton = usernameSkeleton(canonical)
  if (RESERVED_SKELETONS.has(skeleton)) return { ok: false, code: 'usernameReserved' }
  return { ok: true, canonical, skeleton, display: canonical }
}
