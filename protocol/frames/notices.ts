import * as v from 'valibot'
import { ERROR_CODES } from '../errors.ts'
import { KeyPackageStatus } from '../groups/key-packages.ts'
import { integer } from '../primitives.ts'

/** A frame was refused, or the socket is about to be closed. Says nothing about frames before it. */
export const ErrorFrame = v.object({
  type: v.literal('error'),
  code: v.picklist(ERROR_CODES),
  message: v.string(),
  /** Where in the frame the schema failed, for developers: a path, never a value. */
  detail: v.optional(v.string()),
  retryAfterMs: v.optional(integer(0)),
})
export type ErrorFrame = v.InferOutput<typeof ErrorFrame>

/** The account's own device list has a new version. */
export const DeviceListChanged = v.object({ type: v.literal('deviceListChanged'), version: integer(1) })
export type DeviceListChanged = v.InferOutput<typeof DeviceListChanged>

/** Few one-time prekeys of this device are left. */
export const PrekeysLow = v.object({ type: v.literal('prekeysLow'), oneTimeCount: integer(0) })
export type PrekeysLow = v.InferOutput<typeof PrekeysLow>

/** Few key packages of this device are left for one suite. */
export const KeyPackagesLow = v.object({ type: v.literal('keyPackagesLow'), status: KeyPackageStatus })
export type KeyPackagesLow = v.InferOutput<typeof KeyPackagesLow>
