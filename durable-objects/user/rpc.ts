/** What the edge and other objects say to a UserRelay. Arguments were parsed by a schema before they came here. */

import type { SignedDeviceList } from '#protocol/device-list.ts'
import type { HandedKeyPackage, KeyPackageStatus, KeyPackageUpload } from '#protocol/groups/key-packages.ts'
import type { GroupEntry, GroupSuite } from '#protocol/groups/entries.ts'
import type { OutgoingMessage } from '#protocol/frames/send.ts'
import type { PrekeyBundle, PrekeyStatus, PrekeyUpload } from '#protocol/prekeys.ts'
import type { DeviceAddress } from '#protocol/primitives.ts'
import type { PushTarget } from '#protocol/push.ts'
import type { DeliveryKeyUpdate } from '#protocol/sealed/delivery.ts'
import type { TokenRequest } from '#protocol/token-wire.ts'
import type { Caller } from './account.ts'
import type { DepositOutcome } from './deposit.ts'
import type { Upkeep } from './device-upkeep.ts'
import type { OpenedLeaf } from './key-log-desk.ts'
import type { KeptTarget } from './push-desk.ts'
import type { Result } from './relay.ts'
import type { Restriction } from './restriction.ts'
import type { SealedDelivery } from './sealed-desk.ts'

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

/** From the edge, in nobody's name. All of them to the call's account. */
export interface SealedDepositCall extends Call {
  readonly deliveries: readonly SealedDelivery[]
}

export interface DeviceListCall extends DeviceCall {
  readonly deviceList: SignedDeviceList
  readonly prekeys: readonly { readonly device: number; readonly upload: PrekeyUpload }[]
}

export interface PrekeyCall extends Call {
  readonly requester: DeviceAddress
  readonly devices: readonly number[] | undefined
}

export interface KeyPackageCall extends Call {
  readonly requester: DeviceAddress
  readonly suite: GroupSuite
  readonly devices: readonly number[] | undefined
}

export interface OpenLeafCall extends Call {
  /** The account's index in the key log, as the client has it. */
  readonly index: string
  /** SHA-256 of the device list that the client has. */
  readonly known?: string | undefined
}

/** From a group's relay: entries for some of the account's devices. */
export interface GroupDeliverCall extends Call {
  readonly group: string
  readonly devices: readonly number[]
  /** By ascending seq; none when the devices are only to be told that there is news. */
  readonly entries: readonly GroupEntry[]
  /** Something of it, or of what there is news of, may wake devices. */
  readonly isUrgent: boolean
}

/** From a group's relay: a message outside the log. */
export interface GroupPassCall extends Call {
  readonly group: string
  readonly devices: readonly number[]
  readonly item: { readonly messageId: string; readonly at: number; readonly body: string }
}

/** From whoever told the watch something of the account. */
export interface RestrictCall extends Call {
  readonly restriction: Restriction
}

/** Internal headers of the request that opens a socket. */
export const TICKET_HEADER = 'x-silentrelay-ticket'
export const ACCOUNT_HEADER = 'x-silentrelay-account'
export const CORRELATION_HEADER = 'x-silentrelay-correlation'
/** Of the answer to it: the code with which a socket is refused that says so itself. */
export const REFUSED_HEADER = 'x-silentrelay-refused'

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
  depositSealed(call: SealedDepositCall): Promise<readonly DepositOutcome[]>
  /** The account's identity key, if the caller may still act for its device: what a certificate says of it. */
  identityKey(call: DeviceCall): Promise<Result<string>>
  /** Counts a request for tokens; what to make of it is the edge's. */
  takeDeliveryTokens(call: DeviceCall & { readonly request: TokenRequest }): Promise<Result<true>>
  /** Answers the version in force. */
  updateDeliveryKey(call: DeviceCall & { readonly update: DeliveryKeyUpdate }): Promise<Result<number>>
  uploadKeyPackages(call: DeviceCall & { readonly upload: KeyPackageUpload }): Promise<Result<KeyPackageStatus>>
  keyPackageStatus(call: DeviceCall): Promise<Result<KeyPackageStatus[]>>
  keyPackages(call: KeyPackageCall): Promise<Result<{ deviceList: SignedDeviceList; keyPackages: HandedKeyPackage[] }>>
  /**
   * Pushes entries to those of the devices that are connected, and leaves the others news, durably. Without entries, all
   * of them are left news, and the connected ones are told at once. Answers who is away. Devices that the account does not have are away.
   */
  groupDeliver(call: GroupDeliverCall): Promise<{ away: number[] }>
  groupPass(call: GroupPassCall): Promise<void>
  /**
   * What opens the account's leaf in the key log, its newest list logged; `undefined` for an account that does not exist. Another index
   * than the account's is `malformed`.
   */
  openLeaf(call: OpenLeafCall): Promise<Result<OpenedLeaf | undefined>>
  /** Where the caller's device is to be woken. */
  setPushTarget(call: DeviceCall & { readonly target: PushTarget }): Promise<Result<true>>
  removePushTarget(call: DeviceCall): Promise<Result<true>>
  /** Where a device is to be woken; `undefined` when it need not be any more. */
  pushTarget(call: Call & { readonly device: number }): Promise<KeptTarget | undefined>
  /** Forgets a target that is dead. */
  dropPushTarget(call: Call & { readonly device: number; readonly id: string }): Promise<void>
  /** Reminds devices to renew their keys, and counts those that are not in use: for the scheduler. */
  lookAfterDevices(call: Call): Promise<Upkeep>
  /** Slows or blocks the account (SPEC, AB-1). */
  restrict(call: RestrictCall): Promise<void>
  /** Ends that before its time. Harmless to repeat. */
  liftRestriction(call: Call): Promise<void>
  fetch(request: Request): Promise<Response>
}
