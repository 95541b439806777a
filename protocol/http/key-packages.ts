import * as v from 'valibot'
import { SignedDeviceList } from '../device-list.ts'
import { GroupSuite } from '../groups/entries.ts'
import { HandedKeyPackage, KeyPackageStatus, KeyPackageUpload } from '../groups/key-packages.ts'
import { LIMITS } from '../limits.ts'
import { AccountId, DeviceId, listOf } from '../primitives.ts'
import { route } from './route.ts'

export const uploadKeyPackages = route({
  method: 'PUT',
  path: '/v1/key-packages',
  summary: 'Upload MLS key packages of this device. Repeating it is harmless.',
  authenticated: true,
  request: KeyPackageUpload,
  response: KeyPackageStatus,
  errors: ['keyPackageInvalid'],
  maxBytes: LIMITS.keyPackageUploadBytes,
})

export const keyPackageStatus = route({
  method: 'GET',
  path: '/v1/key-packages',
  summary: 'What key packages this device has here, for each suite.',
  authenticated: true,
  request: undefined,
  response: v.object({ suites: v.array(KeyPackageStatus) }),
  errors: [],
})

export const fetchKeyPackages = route({
  method: 'POST',
  path: '/v1/key-packages/fetch',
  summary:
    'A key package of each of an account’s devices, to add them to a group. Each is handed out once, but the last.',
  authenticated: true,
  request: v.strictObject({
    account: AccountId,
    suite: GroupSuite,
    /** All devices when absent. */
    devices: v.optional(listOf(DeviceId, LIMITS.devices, 1)),
  }),
  /** Devices that have none are left out. */
  response: v.object({ deviceList: SignedDeviceList, keyPackages: v.array(HandedKeyPackage) }),
  errors: ['unknownRecipient'],
})
