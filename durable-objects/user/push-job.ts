/** What an account's object puts into the queue of pushes: whom to wake, and nothing of why. */

import * as v from 'valibot'
import { AccountId, DeviceId } from '#protocol/primitives.ts'

export const PushJob = v.object({ account: AccountId, device: DeviceId, correlationId: v.string() })
export type PushJob = v.InferOutput<typeof PushJob>
