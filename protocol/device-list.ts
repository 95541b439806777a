/**
 * The account's device list. It travels as the exact octets that were signed, so that nobody has to agree on a canonical
 * JSON: whoever wants to read it verifies first and parses then.
 */

import * as v from 'valibot'
import { fromBase64url, fromUtf8 } from './bytes.ts'
import { LIMITS } from './limits.ts'
import {
  AccountId,
  DeviceId,
  DeviceKey,
  RegistrationId,
  SealingKey,
  Signature,
  SignalPublicKey,
  bytesUpTo,
  integer,
  listOf,
} from './primitives.ts'

/** One device with its public keys. */
export const DeviceRecord = v.strictObject({
  id: DeviceId,
  registrationId: RegistrationId,
  /** Ed25519; authenticates the device to its relay. */
  deviceKey: DeviceKey,
  /** X-Wing; envelopes are sealed to it. Absent in lists from before there were sealed envelopes: such a device gets none. */
  sealingKey: v.optional(SealingKey),
})
export type DeviceRecord = v.InferOutput<typeof DeviceRecord>

/** What the identity key signs. */
export const DeviceList = v.strictObject({
  account: AccountId,
  /** 1 at registration; each change adds exactly 1. */
  version: integer(1),
  identityKey: SignalPublicKey,
  /** By ascending id. */
  devices: v.pipe(
    // Twice what an account may have: a list that is only too long is refused by that name.
    listOf(DeviceRecord, 2 * LIMITS.devices, 1),
    v.check(
      (devices) => devices.every((device, at) => at === 0 || device.id > (devices[at - 1]?.id ?? 0)),
      'not by ascending id',
    ),
  ),
})
export type DeviceList = v.InferOutput<typeof DeviceList>

/** The list's octets (UTF-8 JSON) and the identity key's XEdDSA signature over `deviceListSigningInput` of them. */
export const SignedDeviceList = v.strictObject({
  bytes: bytesUpTo(LIMITS.deviceListBytes),
  signature: Signature,
})
export type SignedDeviceList = v.InferOutput<typeof SignedDeviceList>

/** Parses a list's octets. `undefined` when they are not a device list; says nothing about the signature. */
export function parseDeviceList(signed: SignedDeviceList): DeviceList | undefined {
  try {
    const parsed = v.safeParse(DeviceList, JSON.parse(fromUtf8(fromBase64url(signed.bytes))))
    return parsed.success ? parsed.output : undefined
  } catch {
    return undefined
  }
}
