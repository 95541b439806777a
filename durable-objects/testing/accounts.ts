/** Accounts with real keys and signatures, and messages for their devices. */

import { randomBytes, toBase64url, utf8 } from '#protocol/bytes.ts'
import type { DeviceList, DeviceRecord, SignedDeviceList } from '#protocol/device-list.ts'
import type { OutgoingMessage } from '#protocol/frames/send.ts'
import type { PrekeyUpload } from '#protocol/prekeys.ts'
import { signDeviceList } from '#sdk/crypto/device-list-signature.ts'
import { type KeyPair, generateIdentity, generateSignedPrekey } from '#sdk/crypto/keys.ts'

export interface TestAccount {
  readonly id: string
  readonly identity: KeyPair
  readonly list: DeviceList
  readonly signed: SignedDeviceList
  readonly upload: PrekeyUpload
}

export const randomId = (): string => toBase64url(randomBytes(16))

/** A public key that nobody has the private key of: the relay does not look at one-time keys. */
export function randomPublicKey(): string {
  const key = randomBytes(33)
  key[0] = 5
  return toBase64url(key)
}

export function deviceRecord(id: number, registrationId = id): DeviceRecord {
  return { id, registrationId, deviceKey: toBase64url(randomBytes(32)) }
}

/** A device that takes sealed envelopes, by a key that nobody can open them with. */
export function sealedDeviceRecord(id: number, more: Partial<DeviceRecord> = {}): DeviceRecord {
  return { ...deviceRecord(id), sealingKey: toBase64url(randomBytes(1_216)), ...more }
}

export function sign(identity: KeyPair, list: DeviceList): SignedDeviceList {
  const bytes = utf8(JSON.stringify(list))
  return { bytes: toBase64url(bytes), signature: toBase64url(signDeviceList(identity, bytes)) }
}

export async function prekeyUpload(identity: KeyPair, oneTime = 0, firstId = 1, signedId = 1): Promise<PrekeyUpload> {
  const signed = await generateSignedPrekey(identity, signedId)
  return {
    signedPrekey: {
      id: signed.id,
      publicKey: toBase64url(signed.publicKey),
      signature: toBase64url(signed.signature),
    },
    oneTimePrekeys: Array.from({ length: oneTime }, (_, at) => ({ id: firstId + at, publicKey: randomPublicKey() })),
  }
}

/** An account of version 1 with one device, 1. */
export async function testAccount(oneTimePrekeys = 0, device = deviceRecord(1)): Promise<TestAccount> {
  const identity = await generateIdentity()
  const id = randomId()
  const list: DeviceList = { account: id, version: 1, identityKey: toBase64url(identity.publicKey), devices: [device] }
  return { id, identity, list, signed: sign(identity, list), upload: await prekeyUpload(identity, oneTimePrekeys) }
}

/** The next version of a list, signed. */
export function nextList(
  { identity }: TestAccount,
  current: DeviceList,
  devices: readonly DeviceRecord[],
): { list: DeviceList; signed: SignedDeviceList } {
  const list = { ...current, version: current.version + 1, devices: [...devices] }
  return { list, signed: sign(identity, list) }
}

/** A message with one random envelope for each device. */
export function messageFor(list: DeviceList, more: Partial<OutgoingMessage> = {}, bodyBytes = 48): OutgoingMessage {
  return {
    messageId: randomId(),
    to: list.account,
    deviceListVersion: list.version,
    envelopes: list.devices.map(({ id, registrationId }) => ({
      device: id,
      registrationId,
      body: toBase64url(randomBytes(bodyBytes)),
    })),
    ...more,
  }
}
