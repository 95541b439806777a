import * as v from 'valibot'
import { AccountId, MessageId } from '../primitives.ts'

/** A message, as the people in a conversation know it (SPEC, M-7). */
export const MessageName = v.object({ author: AccountId, id: MessageId })
export type MessageName = v.InferOutput<typeof MessageName>
