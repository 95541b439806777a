/** What the edge and other objects say to a UserRelay. Arguments were parsed by a schema before they came here. */

import type { SignedDeviceList } from '#protocol/device-list.ts'
import type { OutgoingMessage } from '#protocol/frames/send.ts'
import type { PrekeyBundle, PrekeyStatus, PrekeyUpload } from '#protocol/prekeys.ts'
import type { DeviceAddress } from '#protocol/primitives.ts'
import type { Caller } from './account.ts'
import type { DepositOutcome } from './deposit.ts'
import type { Result } from './relay.ts'

/** Every call names the account, because an object cannot read its own name, and carries the request's correlation id. */
export interface Call {
  readonly account: string
  readonly correlationId: string
}

/** A call in the name of one of the account's devices. */
export interface DeviceCall extends Call {
  readonly caller: Caller
}

export interface CreateCall extends Call {
  /** Whether the database did not have the account before. */
  readonly isNew: boolean
  readonly deviceList: SignedDeviceList
  readonly prekeys: PrekeyUpload
}

export interface DepositCall extends Call {
  readonly from: DeviceAddress
  readonly messages: readonly OutgoingMessage[]
}

export interface DeviceListCall extends DeviceCall {
  readonly deviceList: SignedDeviceList
  readonly prekeys: readonly { readonly device: number; readonly upload: PrekeyUpload }[]
}

export interface PrekeyCall extends Call {
  readonly requester: DeviceAddress
  readonly devices: readonly number[] | undefined
}

/** Internal headers of the request that opens a socket. */
export const TICKET_HEADER = 'x-silentrelay-ticket'
export const ACCOUNT_HEADER = 'x-silentrelay-account'
export const CORRELATION_HEADER = 'x-silentrelay-correlation'

/**
 * The object's calls, as their callers see them. Named apart from the class because workerd's types of a stub spread
 * unions of results in a way that no caller can narrow.
 */
export interface UserRelayCalls {
  create(call: CreateCall): Promise<Result<true>>
  loginKey(call: Call & { readonly device: number }): Promise<Result<{ deviceKey: string; tokenEpoch: number }>>
  issueTicket(call: DeviceCall): Promise<Result<{ secret: string; expiresAt: number }>>
  revokeTokens(call: DeviceCall): Promise<Result<true>>
  authorise(call: DeviceCall): Promise<Result<true>>
  updateDeviceList(call: DeviceListCall): Promise<Result<number>>
  uploadPrekeys(call: DeviceCall & { readonly upload: PrekeyUpload }): Promise<Result<PrekeyStatus>>
  prekeyStatus(call: DeviceCall): Promise<Result<PrekeyStatus>>
  deviceList(call: Call): Promise<Result<SignedDeviceList>>
  prekeyBundles(call: PrekeyCall): Promise<Result<{ deviceList: SignedDeviceList; bundles: PrekeyBundle[] }>>
  deposit(call: DepositCall): Promise<readonly DepositOutcome[]>
  fetch(request: Request): Promise<Response>
}
