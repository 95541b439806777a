/** Records of disappearing messages: what is due when, and how far the clock had come. */

import * as v from 'valibot'
import { AccountId, MessageId, Timestamp, integer } from '#protocol/primitives.ts'
import type { RecordKey } from '../../store/store.ts'
import type { RecordKind } from '../records.ts'

/** Messages that are due at one moment, which is the record's order: milliseconds since 1970. */
const Due = v.object({ messages: v.array(v.object({ conversation: AccountId, order: integer(1), id: MessageId })) })
export type Due = v.InferOutput<typeof Due>
export const dueRecord: RecordKind<Due> = { collection: 'expiry', schema: Due }
export const DUE = 'due'
export const dueKey = (at: number): RecordKey => ({ collection: 'expiry', partition: DUE, order: at })

/** The latest moment that this device's clock is known to have shown. */
const Clock = v.object({ latest: Timestamp })
export const clockRecord: RecordKind<v.InferOutput<typeof Clock>> = { collection: 'expiry', schema: Clock }
export const CLOCK: RecordKey = { collection: 'expiry', partition: 'clock', order: 0 }
