/** Whether who speaks to this device alone is a device that is in a group. */

import { fromBase64url } from '#protocol/bytes.ts'
import type { DeviceAddress } from '#protocol/primitives.ts'
import type { GroupState } from '../../mls/group-state.ts'
import type { Core } from '../core.ts'
import { knownDeviceList } from '../directory.ts'
import type { Draft } from '../draft.ts'
import { identityKey, identityRecord } from '../records.ts'
import { loadMls } from './mls.ts'

/**
 * That an account's pairwise messages and its leaf in the group are one device's: the identity that is pinned vouches for the
 * list, the list for the device key, and that for the leaf (U-2). By its name alone a relay could give itself out for it,
 * to who never spoke with that account but in the group.
 */
export async function isMemberDevice(
  core: Core,
  draft: Draft,
  state: GroupState,
  address: DeviceAddress,
): Promise<boolean> {
  const own = core.requireAccount()
  const list = await knownDeviceList(draft, address.account)
  const pinned =
    address.account === own.account
      ? own.identity.publicKey
      : (await draft.get(identityRecord, identityKey(address.account)))?.key
  const key = list?.devices.find(({ id }) => id === address.device)?.deviceKey
  if (key === undefined || list?.identityKey !== pinned) return false
  return (await loadMls()).isVouched(state, address, fromBase64url(key))
}
