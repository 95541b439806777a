/** Device lists: whom a message to an account has to reach. The relay shows them; the identity key vouches for them. */

import { fromBase64url } from '#protocol/bytes.ts'
import { type DeviceList, type SignedDeviceList, parseDeviceList } from '#protocol/device-list.ts'
import { verifyDeviceList } from '../crypto/device-list-signature.ts'
import type { Draft } from './draft.ts'
import { DeviceListError } from './errors.ts'
import { type Account, deviceListKey, deviceListRecord, identityKey, identityRecord } from './records.ts'

/** The newest list of `account` that was verified. */
export async function knownDeviceList(draft: Draft, account: string): Promise<DeviceList | undefined> {
  const signed = await draft.get(deviceListRecord, deviceListKey(account))
  return signed === undefined ? undefined : parseDeviceList(signed)
}

/**
 * Verifies a list that the relay showed and makes it the known one. The first list pins the account's identity key
 * (trust on first use); with another key it is refused, and the key is kept as `offered` until the user decides.
 *
 * @throws DeviceListError `identityChanged` leaves the offered key in the draft: commit it.
 */
export async function adoptDeviceList(
  draft: Draft,
  own: Account,
  account: string,
  signed: SignedDeviceList,
): Promise<DeviceList> {
  const list = parseDeviceList(signed)
  if (list === undefined || list.account !== account) throw new DeviceListError('deviceListForged')
  const stored = await draft.get(deviceListRecord, deviceListKey(account))
  if (stored?.bytes === signed.bytes) return list
  if (
    !verifyDeviceList(fromBase64url(list.identityKey), fromBase64url(signed.bytes), fromBase64url(signed.signature))
  ) {
    throw new DeviceListError('deviceListForged')
  }
  if (account === own.account) {
    if (list.identityKey !== own.identity.publicKey) throw new DeviceListError('deviceListForged')
  } else if (!(await pinIdentity(draft, account, list.identityKey))) {
    throw new DeviceListError('identityChanged')
  }
  const known = stored === undefined ? undefined : parseDeviceList(stored)
  // Under the same identity, versions only grow, and there is one list of each version.
  if (known !== undefined && known.identityKey === list.identityKey && list.version <= known.version) {
    throw new DeviceListError('deviceListRolledBack')
  }
  draft.put(deviceListRecord, deviceListKey(account), { bytes: signed.bytes, signature: signed.signature })
  return list
}

/** Pins the first key of an account. `false` when another is pinned: then this one is noted as offered. */
export async function pinIdentity(draft: Draft, account: string, key: string): Promise<boolean> {
  const pinned = await draft.get(identityRecord, identityKey(account))
  if (pinned === undefined) {
    draft.put(identityRecord, identityKey(account), { key })
    return true
  }
  if (pinned.key === key) return true
  if (pinned.offered !== key) draft.put(identityRecord, identityKey(account), { ...pinned, offered: key })
  return false
}
