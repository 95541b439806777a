/** The key log over HTTP: which log a relay keeps, the indexes of accounts in it, and what it holds at one. */

import * as v from 'valibot'
import { ELEMENT_LENGTH, KEY_LOG_LIMITS } from '../merkle/limits.ts'
import { AccountProof, LookupHead } from '../merkle/lookup.ts'
import { INDEX_LENGTH } from '../merkle/map/hash.ts'
import { AccountId, bytesOf, integer, listOf } from '../primitives.ts'
import { route } from './route.ts'

const Element = bytesOf(ELEMENT_LENGTH)

/** A log, as a deployment's configuration names it. Clients pin all of it at first contact. */
export const KeyLogConfiguration = v.object({
  /** The first line of its checkpoints. */
  origin: v.pipe(v.string(), v.minLength(1), v.maxBytes(KEY_LOG_LIMITS.originBytes)),
  /** Its verifier key ("vkey" of C2SP signed-note). */
  key: v.pipe(v.string(), v.minLength(1), v.maxBytes(2 * KEY_LOG_LIMITS.originBytes)),
  /** The public key of indexes. */
  indexKey: Element,
  /** Verifier keys of the witnesses that the deployment asks for cosignatures. */
  witnesses: v.optional(
    listOf(v.pipe(v.string(), v.minLength(1), v.maxBytes(2 * KEY_LOG_LIMITS.originBytes)), KEY_LOG_LIMITS.witnesses),
  ),
})
export type KeyLogConfiguration = v.InferOutput<typeof KeyLogConfiguration>

export const keyLogIndexes = route({
  method: 'POST',
  path: '/v1/key-log/indexes',
  summary: 'Evaluate blinded accounts under the index key (RFC 9497, VOPRF): the relay does not learn which they are.',
  authenticated: true,
  request: v.strictObject({ elements: listOf(Element, KEY_LOG_LIMITS.indexesPerRequest, 1) }),
  response: v.object({
    /** In the order of the elements. */
    evaluated: listOf(Element, KEY_LOG_LIMITS.indexesPerRequest, 1),
    proof: bytesOf(2 * ELEMENT_LENGTH),
  }),
  errors: [],
})

/** An account that is looked up. */
const AskedAccount = v.strictObject({
  account: AccountId,
  index: bytesOf(INDEX_LENGTH),
  /** SHA-256 of the device list that the client has: the answer leaves that one out. */
  known: v.optional(bytesOf(32)),
})
export type AskedAccount = v.InferOutput<typeof AskedAccount>

/** Of an account about which nothing can be said: there is none any more, or its relay, or the log, does not answer for it. */
const AccountFailure = v.strictObject({ failed: v.picklist(['unknownRecipient', 'relayUnavailable']) })

export const keyLogLookup = route({
  method: 'POST',
  path: '/v1/key-log/lookup',
  summary: 'What the log holds for some accounts, under one checkpoint, with all that proves it. Nobody says who asks.',
  authenticated: false,
  anonymous: true,
  request: v.strictObject({
    accounts: listOf(AskedAccount, KEY_LOG_LIMITS.lookupsPerRequest, 1),
    /** Size of the newest checkpoint that the client has verified; 0 for none. */
    pinned: integer(0),
  }),
  response: v.strictObject({
    ...LookupHead.entries,
    /** In the order of the request. */
    accounts: listOf(v.union([AccountProof, AccountFailure]), KEY_LOG_LIMITS.lookupsPerRequest, 1),
  }),
  errors: [],
})
export type KeyLogAnswer = v.InferOutput<typeof keyLogLookup.response>
