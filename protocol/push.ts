/** Where a device is woken when it is not connected (SPEC, PU-1). */

import * as v from 'valibot'
import { LIMITS } from './limits.ts'
import { Timestamp, bytesOf } from './primitives.ts'

/** A subscription of a browser (RFC 8030), with the keys under which pushes are encrypted (RFC 8291). */
const WebPushTarget = v.strictObject({
  kind: v.literal('web'),
  endpoint: v.pipe(v.string(), v.maxLength(LIMITS.pushEndpointMax), v.url()),
  /** An uncompressed point of P-256. */
  p256dh: bytesOf(65),
  auth: bytesOf(16),
  /** When the browser ends it by itself, where it says so. */
  expiresAt: v.optional(Timestamp),
})

/** A device's token of Firebase Cloud Messaging. */
const FcmTarget = v.strictObject({ kind: v.literal('fcm'), token: v.pipe(v.string(), v.regex(/^[\w:.-]{16,512}$/)) })

/** A device's token of the Apple Push Notification service. */
const ApnsTarget = v.strictObject({ kind: v.literal('apns'), token: v.pipe(v.string(), v.regex(/^[0-9a-f]{64,200}$/)) })

export const PushTarget = v.variant('kind', [WebPushTarget, FcmTarget, ApnsTarget])
export type PushTarget = v.InferOutput<typeof PushTarget>
export type WebPushTarget = v.InferOutput<typeof WebPushTarget>
