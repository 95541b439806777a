/** What a device keeps of the key log. */

import * as v from 'valibot'
import { ToldHead } from '#protocol/content/head.ts'
import { KeyLogConfiguration } from '#protocol/http/key-log.ts'
import { AccountId, Timestamp, bytesOf, integer } from '#protocol/primitives.ts'
import { sha256 } from '@noble/hashes/sha2.js'
import { fromBase64url, toBase64url } from '#protocol/bytes.ts'
import { type SignedDeviceList, parseDeviceList } from '#protocol/device-list.ts'
import { parseVerifierKey } from '#protocol/merkle/notes/keys.ts'
import type { PinnedLog } from '#protocol/merkle/verify-lookup.ts'
import type { Json, RecordKey } from '../../store/store.ts'
import type { RecordKind } from '../records.ts'
import { KEY_LOG_FAILURES } from './failures.ts'
import type { ListName } from './judge.ts'

const Digest = bytesOf(32)
const AnyJson = v.custom<Json>(() => true)

/** The newest checkpoint that was verified. */
const Head = v.object({
  size: integer(0),
  root: Digest,
  /** The signed note, to show others. */
  checkpoint: v.string(),
  epoch: integer(1),
  /** Time of its map root, by the log's clock. */
  at: Timestamp,
  /** When it was verified, by this device's clock. */
  verifiedAt: Timestamp,
})

/** Absent until the deployment's configuration was read for the first time. */
const KeyLogState = v.object({
  /** When the configuration was read last. */
  readAt: Timestamp,
  /** The log that was pinned at first contact. Absent where the deployment had none. */
  log: v.optional(
    v.object({
      ...KeyLogConfiguration.entries,
      since: Timestamp,
      head: v.optional(Head),
      /** When a head that somebody else was shown was found to be of the same log last. */
      comparedAt: v.optional(Timestamp),
      /** By witness: the newest checkpoint that it was seen to have cosigned, and when, by its clock. */
      cosigned: v.optional(v.array(v.object({ key: v.string(), size: integer(0), at: Timestamp, note: v.string() }))),
    }),
  ),
})
export type KeyLogState = v.InferOutput<typeof KeyLogState>
export type PinnedLogRecord = NonNullable<KeyLogState['log']>
/** Witnesses that a log's record remembers: what a relay has named over time, and what the user chose. */
export const REMEMBERED_MOST = 24
export const keyLogRecord: RecordKind<KeyLogState> = { collection: 'meta', schema: KeyLogState }
export const KEY_LOG: RecordKey = { collection: 'meta', partition: 'keyLog', order: 0 }

/** Witnesses that the user chose, by their verifier keys: they stay when a log is pinned anew. */
const Witnesses = v.object({ chosen: v.array(v.string()) })
export const witnessesRecord: RecordKind<v.InferOutput<typeof Witnesses>> = { collection: 'meta', schema: Witnesses }
export const WITNESSES: RecordKey = { collection: 'meta', partition: 'keyLogWitnesses', order: 0 }

/** What the log showed of an account. Stands beside its device list, and stays when that goes. */
const Logged = v.object({
  /** Computed once: it never changes under an index key. */
  index: Digest,
  /** The newest list that was shown. */
  shown: v.optional(v.object({ version: integer(1), digest: Digest })),
  /** Size of the log at the newest lookup, and when that was. */
  size: v.optional(integer(0)),
  checkedAt: v.optional(Timestamp),
  /** Of the own account: since when its newest list was not in the log. */
  unloggedSince: v.optional(Timestamp),
})
export type Logged = v.InferOutput<typeof Logged>
export const loggedRecord: RecordKind<Logged> = { collection: 'deviceList', schema: Logged }
const LOGGED_ORDER = 1
export const loggedKey = (account: string): RecordKey => ({
  collection: 'deviceList',
  partition: account,
  order: LOGGED_ORDER,
})
export const isLoggedKey = ({ order }: { readonly order: number }): boolean => order === LOGGED_ORDER

/** What was told, and heard, of the log: of an account, or, what was told to it, of a group. Stands beside the account's device list. */
const Gossip = v.object({
  /** What was told last: of which log, by its key id, the head of which size, and when. */
  told: v.optional(v.object({ log: integer(0), size: integer(1), at: Timestamp })),
  /** When a head of this account was taken to be compared last. */
  heardAt: v.optional(Timestamp),
  /** Since when the account has spoken of another log than this device follows. */
  otherLogSince: v.optional(Timestamp),
})
export type Gossip = v.InferOutput<typeof Gossip>
export const gossipRecord: RecordKind<Gossip> = { collection: 'deviceList', schema: Gossip }
const GOSSIP_ORDER = 2
export const gossipKey = (conversation: string): RecordKey => ({
  collection: 'deviceList',
  partition: conversation,
  order: GOSSIP_ORDER,
})

/** A head that somebody told, until it was compared. */
const Heard = v.object({ author: AccountId, conversation: AccountId, at: Timestamp, head: ToldHead })
export type Heard = v.InferOutput<typeof Heard>
export const heardRecord: RecordKind<Heard> = { collection: 'meta', schema: Heard }
export const HEARD = 'keyLogHeard'
export const heardKey = (order: number): RecordKey => ({ collection: 'meta', partition: HEARD, order })

/** Something that the user has to know, with what proves it to others. */
const Alarm = v.object({
  failure: v.picklist(KEY_LOG_FAILURES),
  /** Whom it is about; absent when it is about the log. */
  account: v.optional(AccountId),
  at: Timestamp,
  /** When the user decided to go on, or it was so no more. */
  dismissedAt: v.optional(Timestamp),
  /** Digest of an own list: decided once, the same is not brought up again. */
  subject: v.optional(Digest),
  /** The log as it was pinned. */
  pinned: AnyJson,
  /** What showed it: the log's answer, or the relay's configuration; and what was known before. */
  shown: v.optional(AnyJson),
  known: v.optional(AnyJson),
})
export type Alarm = v.InferOutput<typeof Alarm>
export const alarmRecord: RecordKind<Alarm> = { collection: 'meta', schema: Alarm }
export const ALARMS = 'keyLogAlarm'
export const alarmKey = (order: number): RecordKey => ({ collection: 'meta', partition: ALARMS, order })

/** Whether these are the same log under the same keys. */
export function isSameLog(a: KeyLogConfiguration, b: KeyLogConfiguration): boolean {
  return a.origin === b.origin && a.key === b.key && a.indexKey === b.indexKey
}

/** As `verifyLookup` takes it. `undefined` when the configuration's key is none. */
export function trustIn({ origin, key, indexKey, head }: Omit<PinnedLogRecord, 'since'>): PinnedLog | undefined {
  const logKey = parseVerifierKey(key)
  if (logKey?.kind !== 'log' || logKey.name !== origin) return undefined
  return {
    origin,
    logKey,
    indexKey: fromBase64url(indexKey),
    // Cosignatures come apart from the checkpoint: see `witnesses.ts`.
    witnesses: [],
    quorum: 0,
    head: head && { size: head.size, root: fromBase64url(head.root) },
  }
}

/** A signed list's version and digest. `undefined` when it is none. */
export function nameOf(signed: SignedDeviceList): ListName | undefined {
  const list = parseDeviceList(signed)
  return list && { version: list.version, digest: toBase64url(sha256(fromBase64url(signed.bytes))) }
}
