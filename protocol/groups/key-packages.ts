/** Key packages (RFC 9420 section 10) as they are uploaded and handed out. The relay does not look into them. */

import * as v from 'valibot'
import { LIMITS } from '../limits.ts'
import { DeviceId, bytesUpTo, integer, listOf } from '../primitives.ts'
import { GroupSuite } from './entries.ts'

/** An MLSMessage with a key package. */
export const KeyPackageBody = bytesUpTo(LIMITS.keyPackageBytes)

/** Ids ascend for ever, per device and suite, so that a package that was handed out is never taken again. */
export const NumberedKeyPackage = v.strictObject({ id: integer(1, LIMITS.prekeyId), body: KeyPackageBody })
export type NumberedKeyPackage = v.InferOutput<typeof NumberedKeyPackage>

/** What a device uploads for one suite. */
export const KeyPackageUpload = v.strictObject({
  suite: GroupSuite,
  /** Handed out when no other is left, any number of times (RFC 9750 section 5.1, "last resort"). Replaces the former one. */
  lastResort: v.optional(KeyPackageBody),
  keyPackages: v.pipe(
    listOf(NumberedKeyPackage, LIMITS.keyPackagesPerUpload),
    v.check((items) => new Set(items.map(({ id }) => id)).size === items.length, 'an id twice'),
  ),
})
export type KeyPackageUpload = v.InferOutput<typeof KeyPackageUpload>

/** What a device has on the relay for one suite. */
export const KeyPackageStatus = v.object({
  suite: GroupSuite,
  count: integer(0),
  hasLastResort: v.boolean(),
  /** Highest id ever uploaded. */
  highestId: integer(0),
})
export type KeyPackageStatus = v.InferOutput<typeof KeyPackageStatus>

/** One device's package, as it is handed out. */
export const HandedKeyPackage = v.object({ device: DeviceId, body: KeyPackageBody, isLastResort: v.boolean() })
export type HandedKeyPackage = v.InferOutput<typeof HandedKeyPackage>
