/**
 * Signed daily heads: what the chain was at the end of a day. The signature keeps whoever can change the database, and has
 * no signing key, from making another chain. A copy kept elsewhere keeps everybody from it.
 */

import { ed25519 } from '@noble/curves/ed25519.js'
import { equalBytes, fromBase64url, toBase64url, utf8 } from '#protocol/bytes.ts'

/** What a head says. */
export interface HeadStatement {
  /** `2026-11-22`, UTC. */
  readonly day: string
  /** The day's last entry. */
  readonly seq: number
  /** Entries of the day. */
  readonly count: number
  /** Of the day's last entry: 32 octets. */
  readonly hash: Uint8Array
  /** Day of the head before; null for the first. A day without entries has no head. */
  readonly after: string | null
}

export interface AuditHead extends HeadStatement {
  /** Ed25519, 64 octets. */
  readonly signature: Uint8Array
}

/** Where the chain ended when somebody looked. Not signed: who kept it knows that it is theirs. */
export interface ChainPosition {
  readonly seq: number
  readonly hash: Uint8Array
}

/** The text that is signed. Every part is of a fixed alphabet, so that it reads in one way only. */
export function headText({ day, seq, count, hash, after }: HeadStatement): string {
  return `audit-head:v1:${day}:${seq}:${count}:${toBase64url(hash)}:${after ?? 'none'}`
}

/** Signs a head with a key of 32 octets (an Ed25519 seed, RFC 8032). The same head gets the same signature. */
export function signHead(statement: HeadStatement, seed: Uint8Array): Uint8Array {
  return ed25519.sign(utf8(headText(statement)), seed)
}

/** The public key, 32 octets, of a signing key. */
export function headPublicKey(seed: Uint8Array): Uint8Array {
  return ed25519.getPublicKey(seed)
}

/** Whether one of these keys signed the head. */
export function isHeadSigned(head: AuditHead, publicKeys: readonly Uint8Array[]): boolean {
  const text = utf8(headText(head))
  return publicKeys.some((key) => {
    try {
      // Strictly by RFC 8032, not ZIP 215: no second encoding of a signature passes.
      return ed25519.verify(head.signature, text, key, { zip215: false })
    } catch {
      return false
    }
  })
}

/** One line that {@link readKept} finds again in any text. */
export function headLine(head: AuditHead): string {
  return `${headText(head)}:${toBase64url(head.signature)}`
}

/** The same for a position. */
export function positionLine({ seq, hash }: ChainPosition): string {
  return `audit-position:v1:${seq}:${toBase64url(hash)}`
}

/** What is read from a kept file. */
export interface Kept {
  readonly heads: readonly AuditHead[]
  readonly positions: readonly ChainPosition[]
}

const DAY = String.raw`\d{4}-\d\d-\d\d`
const HASH = String.raw`[\w-]{43}`
const HEAD = new RegExp(
  String.raw`audit-head:v1:(${DAY}):(\d{1,15}):(\d{1,9}):(${HASH}):(${DAY}|none):([\w-]{86})`,
  'g',
)
const POSITION = new RegExp(String.raw`audit-position:v1:(\d{1,15}):(${HASH})`, 'g')

/** All heads and positions in a text: a log, or the output of `npm run audit:verify`. */
export function readKept(text: string): Kept {
  const heads = [...text.matchAll(HEAD)].map(
    ([, day = '', seq, count, hash = '', after = '', signature = '']): AuditHead => ({
      day,
      seq: Number(seq),
      count: Number(count),
      hash: fromBase64url(hash),
      after: after === 'none' ? null : after,
      signature: fromBase64url(signature),
    }),
  )
  const positions = [...text.matchAll(POSITION)].map(([, seq, hash = '']): ChainPosition => ({
    seq: Number(seq),
    hash: fromBase64url(hash),
  }))
  return { heads, positions }
}

/** Whether two heads say the same, whoever signed them. */
export function saysTheSame(a: HeadStatement, b: HeadStatement): boolean {
  return a.seq === b.seq && a.count === b.count && a.after === b.after && equalBytes(a.hash, b.hash)
}
