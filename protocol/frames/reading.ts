import * as v from 'valibot'
import { bytesOf } from '../primitives.ts'

const Nonce = bytesOf(8)

/** Comes after much on one socket: a client that has read all before it says so. */
export const ReadCheck = v.object({ type: v.literal('readCheck'), nonce: Nonce })
export type ReadCheck = v.InferOutput<typeof ReadCheck>

/** Answer to a `readCheck`. */
export const Read = v.strictObject({ type: v.literal('read'), nonce: Nonce })
export type Read = v.InferOutput<typeof Read>
