/** Which device list may follow which. Pure. */

import { fromBase64url } from '#protocol/bytes.ts'
import { type DeviceList, type DeviceRecord, type SignedDeviceList, parseDeviceList } from '#protocol/device-list.ts'
import type { ErrorCode } from '#protocol/errors.ts'
import { LIMITS } from '#protocol/limits.ts'
import { deviceListSigningInput, verifyXeddsa } from '#protocol/xeddsa.ts'

export type ListResult<T> = ({ readonly ok: true } & T) | { readonly ok: false; readonly code: ErrorCode }

/** Parses a list and checks its signature under the identity key that it names. */
export function verifyDeviceList(signed: SignedDeviceList): DeviceList | undefined {
  const list = parseDeviceList(signed)
  if (!list) return undefined
  const input = deviceListSigningInput(fromBase64url(signed.bytes))
  return verifyXeddsa(fromBase64url(list.identityKey), input, fromBase64url(signed.signature)) ? list : undefined
}

/** Checks an account's first list: version 1, one device. */
export function checkFirstList(account: string, signed: SignedDeviceList): ListResult<{ list: DeviceList }> {
  const list = verifyDeviceList(signed)
  if (!list || list.account !== account || list.version !== 1 || list.devices.length !== 1) {
    return { ok: false, code: 'deviceListInvalid' }
  }
  return { ok: true, list }
}

export interface ListChange {
  readonly list: DeviceList
  readonly added: readonly DeviceRecord[]
  readonly removed: readonly number[]
  /** Devices set up anew under their id: another registration id or device key. */
  readonly reset: readonly DeviceRecord[]
}

/** Checks a list that is to follow `current`. `highestDevice` is the highest id ever used. */
export function checkNextList(
  current: DeviceList,
  highestDevice: number,
  signed: SignedDeviceList,
): ListResult<ListChange> {
  const list = verifyDeviceList(signed)
  if (!list || list.account !== current.account || list.identityKey !== current.identityKey) {
    return { ok: false, code: 'deviceListInvalid' }
  }
  if (list.devices.length > LIMITS.devices) return { ok: false, code: 'tooManyDevices' }
  if (list.version !== current.version + 1) return { ok: false, code: 'deviceListConflict' }
  const before = new Map(current.devices.map((device) => [device.id, device]))
  const after = new Set(list.devices.map(({ id }) => id))
  const added = list.devices.filter(({ id }) => !before.has(id))
  if (added.some(({ id }) => id <= highestDevice)) return { ok: false, code: 'deviceIdReused' }
  const reset = list.devices.filter((device) => {
    const former = before.get(device.id)
    return former && (former.registrationId !== device.registrationId || former.deviceKey !== device.deviceKey)
  })
  return { ok: true, list, added, removed: [...before.keys()].filter((id) => !after.has(id)), reset }
}

/** How the devices that envelopes were made for differ from those that there are. */
export interface DeviceMismatch {
  readonly missing: readonly number[]
  readonly extra: readonly number[]
  readonly stale: readonly number[]
}

/**
 * `undefined` when the envelopes are for exactly `devices`.
 *
 * @param isCurrent whether an envelope was made for the keys that its device has now, where more than its registration id says so
 */
export function matchDevices<T extends { readonly device: number; readonly registrationId: number }>(
  devices: readonly DeviceRecord[],
  envelopes: readonly T[],
  isCurrent: (envelope: T) => boolean = () => true,
): DeviceMismatch | undefined {
  const missing: number[] = []
  const stale: number[] = []
  for (const { id, registrationId } of devices) {
    const envelope = envelopes.find(({ device }) => device === id)
    if (!envelope) missing.push(id)
    else if (envelope.registrationId !== registrationId || !isCurrent(envelope)) stale.push(id)
  }
  // Every envelope names a device once, so counts tell whether there is one too many.
  if (missing.length === 0 && stale.length === 0 && envelopes.length === devices.length) return undefined
  const extra = envelopes.map(({ device }) => device).filter((device) => !devices.some(({ id }) => id === device))
  return { missing, extra, stale }
}
