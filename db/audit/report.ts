/** What a verification needs, and what it finds. */

import type { AuditHead, ChainPosition, Kept } from './heads.ts'

/** What is wrong: with the entries `from` to `to`, or with a day's head. */
export type Finding =
  | {
      readonly name: 'edited' | 'deleted' | 'inserted' | 'reordered' | 'truncated'
      readonly from: number
      readonly to: number
    }
  | { readonly name: 'headMismatch' | 'headUnsigned' | 'headMissing'; readonly day: string; readonly kept: boolean }
  | { readonly name: 'positionMismatch'; readonly from: number }

export interface AuditReport {
  readonly findings: readonly Finding[]
  readonly entries: number
  readonly heads: number
  readonly newestHead: AuditHead | undefined
  /** Where the chain ends: something to keep. */
  readonly position: ChainPosition
  /** Days with entries that no head covers yet: what a copy of a head does not protect. */
  readonly unsealedDays: readonly string[]
}

export interface VerifierInput {
  /** All of the log, by day. */
  readonly heads: readonly AuditHead[]
  /** Any of them may have signed a head. */
  readonly publicKeys: readonly Uint8Array[]
  /** What was kept outside of the database. */
  readonly kept?: Kept | undefined
}

/** What the database says of the chain's end. */
export interface ChainState extends ChainPosition {
  /** Rows of the table, counted at the same moment. */
  readonly total: number
}
