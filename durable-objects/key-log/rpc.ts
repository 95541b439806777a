/** What relays say to the KeyLog. Octets are base64url. */

import type { ClientLogAnswer } from '#protocol/http/client-log.ts'
import type { AccountProof, LookupHead } from '#protocol/merkle/lookup.ts'

/** A version of a device list to be logged. The log sees neither the account nor the list. */
export interface AppendCall {
  readonly index: string
  readonly version: number
  readonly commitment: string
}

/**
 * `logged`: under a checkpoint that is signed and stored. `conflict`: this version is logged with another commitment. `notNext`: the
 * log's newest version of this index is not the one before. `full`: too much waits; ask again later.
 */
export type AppendOutcome = 'logged' | 'conflict' | 'notNext' | 'full'

/** What is asked at once. `since`: the size that the client has pinned, 0 for none. */
export interface LookupCall {
  readonly indexes: readonly string[]
  readonly since: number
}

/** What the log has at an index, without what opens the entry's commitment; `version` is that of the entry. */
export interface AnswerAt {
  readonly proof: AccountProof
  readonly version: number | undefined
}

/** The answer about some indexes, in their order, under one checkpoint. */
export interface LogAnswer {
  readonly head: LookupHead
  readonly at: readonly AnswerAt[]
}

/** A manifest of the web client that is asked about. */
export interface ClientCall {
  readonly digest: string
  readonly since: number
}

export interface KeyLogCalls {
  /** Idempotent. Rejects when the log cannot sign; what was taken is then logged later, or when it is given again. */
  append(call: AppendCall): Promise<AppendOutcome>
  lookup(call: LookupCall): Promise<LogAnswer>
  /** Has a manifest of the web client logged, by its digest. Idempotent; rejects as `append` does. */
  logManifest(digest: string): Promise<'logged' | 'full'>
  /** That a manifest is in the log, with what proves it. */
  client(call: ClientCall): Promise<ClientLogAnswer>
}
