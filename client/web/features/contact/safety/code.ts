/**
 * What a safety number's QR code says, and what comparing one can come to. The code names both accounts, so that scanning
 * another contact's code is told apart from a number that differs: the one is a mix-up, the other may be an attack.
 */

const PREFIX = 'silentrelay-safety'
const VERSION = 1
const ACCOUNT = /^[A-Za-z0-9_-]{22}$/
const DIGITS = /^\d{60}$/
/** Far above any version's length; nothing longer is looked at. */
const MAX_LENGTH = 512

/** Who stands on which side of a comparison, seen from here. */
export interface Sides {
  readonly own: string
  readonly contact: string
  /** Twelve groups of five digits. */
  readonly number: readonly string[]
}

export type Comparison =
  | 'match'
  | 'mismatch'
  /** A code of this client, for other people than these two. */
  | 'otherConversation'
  /** The own code, shown by this side. */
  | 'ownCode'
  /** A code of a newer client. */
  | 'newerVersion'
  /** No safety code at all. */
  | 'notACode'

/** The text of the code that this side shows: `silentrelay-safety:1:<shown by>:<shown to>:<sixty digits>`. */
export function safetyCode({ own, contact, number }: Sides): string {
  return [PREFIX, VERSION, own, contact, number.join('')].join(':')
}

/** Compares a scanned text with what this side holds. The scanned text is controlled by whoever drew the code. */
export function compareCode(scanned: string, sides: Sides): Comparison {
  if (scanned.length > MAX_LENGTH) return 'notACode'
  const [prefix, version, from = '', to = '', digits = '', ...rest] = scanned.trim().split(':')
  if (prefix !== PREFIX || version === undefined || !/^[1-9]\d{0,3}$/.test(version)) return 'notACode'
  if (Number(version) > VERSION) return 'newerVersion'
  if (rest.length > 0 || !ACCOUNT.test(from) || !ACCOUNT.test(to) || !DIGITS.test(digits)) return 'notACode'
  if (from === sides.own && to === sides.contact) return 'ownCode'
  if (from !== sides.contact || to !== sides.own) return 'otherConversation'
  return digits === sides.number.join('') ? 'match' : 'mismatch'
}

export type TypedNumber =
  | { readonly state: 'incomplete'; readonly digits: number }
  | { readonly state: 'tooLong' }
  | { readonly state: 'complete'; readonly result: 'match' | 'mismatch' }

/** Compares a typed or pasted number: full-width digits count, and all between the digits is ignored. */
export function compareTyped(typed: string, number: readonly string[]): TypedNumber {
  const digits = typed.slice(0, MAX_LENGTH).normalize('NFKC').replaceAll(/\D/g, '')
  const expected = number.join('')
  if (digits.length > expected.length) return { state: 'tooLong' }
  if (digits.length < expected.length) return { state: 'incomplete', digits: digits.length }
  return { state: 'complete', result: digits === expected ? 'match' : 'mismatch' }
}
