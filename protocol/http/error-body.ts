import * as v from 'valibot'
import { ERROR_CODES } from '../errors.ts'
import { integer } from '../primitives.ts'

/** Every answer that is not a success. */
export const ErrorBody = v.object({
  error: v.object({
    code: v.picklist(ERROR_CODES),
    action: v.picklist(['fix', 'reauthenticate', 'retry', 'giveUp']),
    message: v.string(),
    /** Where in the body the schema failed: a path, never a value. */
    detail: v.optional(v.string()),
    retryAfterMs: v.optional(integer(0)),
    /** Finds this request in the relay's log. */
    correlationId: v.string(),
  }),
})
export type ErrorBody = v.InferOutput<typeof ErrorBody>
