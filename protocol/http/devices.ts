import * as v from 'valibot'
import { SignedDeviceList } from '../device-list.ts'
import { LIMITS } from '../limits.ts'
import { PrekeyBundle, PrekeyStatus, PrekeyUpload } from '../prekeys.ts'
import { AccountId, DeviceId, integer, listOf } from '../primitives.ts'
import { route } from './route.ts'

export const updateDeviceList = route({
  method: 'PUT',
  path: '/v1/devices',
  summary: 'Replace the own device list by its next version: link a device, or revoke some. Repeating it is harmless.',
  authenticated: true,
  request: v.strictObject({
    deviceList: SignedDeviceList,
    /** For each device that is new in this version. */
    prekeys: v.optional(listOf(v.strictObject({ device: DeviceId, upload: PrekeyUpload }), LIMITS.devices)),
  }),
  response: v.object({ version: integer(1) }),
  errors: ['deviceListInvalid', 'deviceListConflict', 'tooManyDevices', 'deviceIdReused', 'prekeyInvalid'],
})

export const fetchDeviceList = route({
  method: 'POST',
  path: '/v1/device-lists/lookup',
  summary: 'The signed device list of an account.',
  authenticated: true,
  request: v.strictObject({ account: AccountId }),
  response: v.object({ deviceList: SignedDeviceList }),
  errors: ['unknownRecipient'],
})

export const uploadPrekeys = route({
  method: 'PUT',
  path: '/v1/prekeys',
  summary:
    'Upload prekeys of this device. Repeating it is harmless; an id that was handed out is left out, not taken again.',
  authenticated: true,
  request: PrekeyUpload,
  response: PrekeyStatus,
  errors: ['prekeyInvalid', 'prekeyConflict'],
})

export const prekeyStatus = route({
  method: 'GET',
  path: '/v1/prekeys',
  summary: 'What prekeys this device has here.',
  authenticated: true,
  request: undefined,
  response: PrekeyStatus,
  errors: [],
})

export const fetchPrekeys = route({
  method: 'POST',
  path: '/v1/prekeys/fetch',
  summary: 'Bundles to start sessions with an account’s devices. Each one-time prekey is handed out once, ever.',
  authenticated: true,
  request: v.strictObject({
    account: AccountId,
    /** All devices when absent. */
    devices: v.optional(listOf(DeviceId, LIMITS.devices, 1)),
  }),
  response: v.object({ deviceList: SignedDeviceList, bundles: v.array(PrekeyBundle) }),
  errors: ['unknownRecipient'],
})
