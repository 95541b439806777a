/** Why an account is trusted, as an application shows it. Loaded with the proofs: nobody looks at it at the start. */

import type { Core } from '../core.ts'
import { deviceListKey, deviceListRecord } from '../records.ts'
import { readState } from './configuration.ts'
import type { KeyLogWait } from './failures.ts'
import { WITNESSES, gossipKey, gossipRecord, loggedKey, loggedRecord, nameOf, witnessesRecord } from './records.ts'
import { type KeyLogWitness, witnessesOf } from './witnesses.ts'

/** Why an account is trusted. */
export interface KeyLogStatus {
  /** The log that was pinned; absent where the deployment has none, or was not asked yet. */
  readonly log?: {
    readonly origin: string
    /** When it was pinned: what was before, this device has not seen. */
    readonly since: number
    /** The newest checkpoint that was verified: its size, its time by the log's clock, and when it was verified here. */
    readonly head?: {
      readonly size: number
      /** In base64url; and the signed note that says it. */
      readonly root: string
      readonly checkpoint: string
      readonly at: number
      readonly verifiedAt: number
    }
    /** When a head that somebody else was shown was found to be of the same log last. */
    readonly comparedAt?: number
    /** Who watches the log: those that the user chose, and those that the relay names. */
    readonly witnesses: readonly KeyLogWitness[]
  }
  /** `unrequired`: there is no log. `unknown`: nothing was exchanged with the account. */
  readonly state: 'unrequired' | 'unknown' | 'proven' | 'waiting' | 'stopped'
  /** Version of the device list that the log shows, and when it was looked up last. */
  readonly version?: number
  readonly checkedAt?: number
  /** Size of the log in which that was shown to be. */
  readonly size?: number
  /** Why it waits, once that is known. */
  readonly reason?: KeyLogWait
  /** Since when the account has said that it follows another log: its word alone. */
  readonly otherLogSince?: number
}

/** What is known of an account beside its records, now. */
export interface Standing {
  readonly isStopped: boolean
  readonly isShownOlder: boolean
  /** Why it waits to be looked up. */
  readonly reason: KeyLogWait | undefined
}

export async function statusOf(core: Core, account: string, standing: () => Standing): Promise<KeyLogStatus> {
  const { state, logged, signed, gossip, chosen } = await core.transact(async (draft) => ({
    state: await readState(draft),
    logged: await draft.get(loggedRecord, loggedKey(account)),
    signed: await draft.get(deviceListRecord, deviceListKey(account)),
    gossip: await draft.get(gossipRecord, gossipKey(account)),
    chosen: (await draft.get(witnessesRecord, WITNESSES))?.chosen ?? [],
  }))
  const { isStopped, isShownOlder, reason: wait } = standing()
  const { shown, checkedAt } = logged ?? {}
  const log = state?.log
  const reason: KeyLogWait | undefined = isShownOlder ? 'listOutdated' : wait
  const isProven = !isShownOlder && signed !== undefined && shown?.digest === nameOf(signed)?.digest
  const how = isStopped
    ? 'stopped'
    : log === undefined
      ? 'unrequired'
      : signed === undefined
        ? 'unknown'
        : isProven
          ? 'proven'
          : 'waiting'
  return {
    ...(log === undefined
      ? {}
      : {
          log: {
            origin: log.origin,
            since: log.since,
            witnesses: witnessesOf(log, chosen),
            ...(log.comparedAt === undefined ? {} : { comparedAt: log.comparedAt }),
            ...(log.head && {
              head: {
                size: log.head.size,
                root: log.head.root,
                checkpoint: log.head.checkpoint,
                at: log.head.at,
                verifiedAt: log.head.verifiedAt,
              },
            }),
          },
        }),
    state: how,
    ...(shown && { version: shown.version }),
    ...(checkedAt === undefined ? {} : { checkedAt }),
    ...(logged?.size === undefined ? {} : { size: logged.size }),
    ...(how === 'waiting' && reason !== undefined ? { reason } : {}),
    ...(gossip?.otherLogSince === undefined ? {} : { otherLogSince: gossip.otherLogSince }),
  }
}
