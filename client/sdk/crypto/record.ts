/**
 * The library's session record of one device: JSON, in it one open session and closed ones, by their base key. Read and
 * bounded here, since the library itself never deletes a receive chain or a skipped key.
 */

import { equalBytes, fromBinaryString, toBinaryString } from '#protocol/bytes.ts'
import { RATCHET_LIMITS } from './limits.ts'
import type { RatchetMessage } from './wire.ts'

/** Octet strings are base64. `closed` is -1 for the open session, and otherwise orders the closed ones. */
export interface SessionJson {
  registrationId?: number
  indexInfo: { closed: number; remoteIdentityKey: string; baseKey?: string; baseKeyType?: 1 | 2 }
  currentRatchet: {
    ephemeralKeyPair?: { pubKey: string }
    lastRemoteEphemeralKey: string
  }
  oldRatchetList: { ephemeralKey: string }[]
  chains: Record<string, ChainJson>
}

interface ChainJson {
  chainType: 1 | 2
  chainKey: { key?: string; counter: number }
  messageKeys: Record<string, string>
}

export interface RecordJson {
  version: 'v1'
  /** By base key, as a string of code units 0 to 255. */
  sessions: Record<string, SessionJson>
}

const SENDING = 1
const THEIRS = 2

/** The library's base64: with padding, unlike ours on the wire. */
export function toBase64(bytes: Uint8Array): string {
  return btoa(toBinaryString(bytes))
}

export function parseRecord(record: string): RecordJson {
  return JSON.parse(record) as RecordJson
}

/** The session that messages are sent in. */
export function openSession(record: RecordJson): SessionJson | undefined {
  return Object.values(record.sessions).find((session) => session.indexInfo.closed === -1)
}

/** The session that the other side started with this base key. */
export function sessionByBaseKey(record: RecordJson, baseKey: Uint8Array): SessionJson | undefined {
  const session = record.sessions[toBinaryString(baseKey)]
  return session?.indexInfo.baseKeyType === THEIRS ? session : undefined
}

export function isIdentityOf(session: SessionJson, identityKey: Uint8Array): boolean {
  return equalBytes(fromBinaryString(atob(session.indexInfo.remoteIdentityKey)), identityKey)
}

/** Higher for newer; the open session is the newest. */
function recency([, { indexInfo }]: [string, SessionJson]): number {
  return indexInfo.closed === -1 ? Infinity : indexInfo.closed
}

function newestFirst(record: RecordJson): [string, SessionJson][] {
  return Object.entries(record.sessions).sort((a, b) => recency(b) - recency(a))
}

/** The keys of the sessions that a message may belong to, the likeliest first. */
export function candidates(record: RecordJson, message: RatchetMessage): string[] {
  const ratchetKey = toBase64(message.ratchetKey)
  const all = newestFirst(record)
  const known = all.filter(([, session]) => ratchetKey in session.chains)
  return (known.length > 0 ? known : all).map(([key]) => key)
}

/** How many message keys the library would derive to read `message` in `session`. */
export function keysToSkip(session: SessionJson | undefined, message: RatchetMessage): number {
  const chain = session?.chains[toBase64(message.ratchetKey)]
  if (chain !== undefined) return message.counter - chain.chainKey.counter
  const previous = session?.chains[session.currentRatchet.lastRemoteEphemeralKey]
  const closing = previous === undefined ? 0 : Math.max(0, message.previousCounter - previous.chainKey.counter)
  return closing + message.counter + 1
}

/** A record with one session of `record`, open. What the library does to it reaches no other session. */
export function isolate(record: RecordJson, key: string): string {
  const session = record.sessions[key]
  if (session === undefined) throw new RangeError('no such session')
  const open = { ...session, indexInfo: { ...session.indexInfo, closed: -1 } }
  return JSON.stringify({ version: record.version, sessions: { [key]: open } } satisfies RecordJson)
}

/** `record` with the session of `isolated` in place of its former self, open; the one that was open is closed as the newest. */
export function merge(record: RecordJson, isolated: string): RecordJson {
  const [entry] = Object.entries(parseRecord(isolated).sessions)
  if (entry === undefined) return record
  const [key, session] = entry
  // Not the clock: closed sessions only need an order.
  const newest = Math.max(0, ...Object.values(record.sessions).map(({ indexInfo }) => indexInfo.closed))
  const others = Object.entries(record.sessions)
    .filter(([other]) => other !== key)
    .map(([other, value]): [string, SessionJson] =>
      value.indexInfo.closed === -1
        ? [other, { ...value, indexInfo: { ...value.indexInfo, closed: newest + 1 } }]
        : [other, value],
    )
  return { version: record.version, sessions: Object.fromEntries([...others, [key, session]]) }
}

/** The chains of a session, from the oldest to the current one. Others are of no use any more. */
function liveChains(session: SessionJson): [string, ChainJson][] {
  const { oldRatchetList, currentRatchet } = session
  const closed = oldRatchetList.slice(-RATCHET_LIMITS.receiveChains).map(({ ephemeralKey }) => ephemeralKey)
  const names = new Set([
    ...closed,
    currentRatchet.lastRemoteEphemeralKey,
    currentRatchet.ephemeralKeyPair?.pubKey ?? '',
  ])
  return [...names].flatMap((name): [string, ChainJson][] => {
    const chain = session.chains[name]
    return chain === undefined ? [] : [[name, chain]]
  })
}

/** Keeps at most `budget` message keys of a chain, the newest ones. */
function capKeys(chain: ChainJson, budget: number): ChainJson {
  if (chain.chainType === SENDING) return chain
  const counters = Object.keys(chain.messageKeys)
  if (counters.length <= budget) return chain
  // Integer-like names are enumerated in ascending order.
  const kept = budget === 0 ? [] : counters.slice(-budget)
  return { ...chain, messageKeys: Object.fromEntries(kept.map((at) => [at, chain.messageKeys[at] ?? ''])) }
}

/** The record within `RATCHET_LIMITS`: what is dropped is what is least likely to be needed, the oldest first. */
export function prune(record: RecordJson): RecordJson {
  let budget: number = RATCHET_LIMITS.skippedKeys
  const kept = newestFirst(record).slice(0, RATCHET_LIMITS.archivedSessions + 1)
  const sessions = kept.map(([key, session]): [string, SessionJson] => {
    const chains = liveChains(session)
      .toReversed()
      .map(([name, chain]): [string, ChainJson] => {
        const capped = capKeys(chain, budget)
        budget -= Object.keys(capped.messageKeys).length
        return [name, capped]
      })
    const oldRatchetList = session.oldRatchetList.slice(-RATCHET_LIMITS.receiveChains)
    return [key, { ...session, oldRatchetList, chains: Object.fromEntries(chains) }]
  })
  return { version: record.version, sessions: Object.fromEntries(sessions) }
}

/** Whether messages can be encrypted without a new bundle. */
export function hasOpenSession(record: string): boolean {
  return openSession(parseRecord(record)) !== undefined
}

/** The registration id of the device at the other end of the open session. */
export function remoteRegistrationId(record: string): number | undefined {
  return openSession(parseRecord(record))?.registrationId
}
