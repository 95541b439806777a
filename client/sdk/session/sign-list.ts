/** Signing the own device list. */

import { toBase64url, utf8 } from '#protocol/bytes.ts'
import type { DeviceList, SignedDeviceList } from '#protocol/device-list.ts'
import { signDeviceList } from '../crypto/device-list-signature.ts'
import { identityOf } from './prekeys.ts'
import type { Account } from './records.ts'

/** Signs a list as its exact octets. */
export function signList(own: Pick<Account, 'identity'>, list: DeviceList): SignedDeviceList {
  const bytes = utf8(JSON.stringify(list))
  return { bytes: toBase64url(bytes), signature: toBase64url(signDeviceList(identityOf(own), bytes)) }
}
