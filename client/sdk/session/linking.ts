/**
 * Linking a device, until the ceremony with a QR code stands in its place: the new device shows a request, the old one
 * signs it into the device list and answers with a bundle, encrypted to the request's key.
 */

import * as v from 'valibot'
import { fromBase64url, fromUtf8, toBase64url, utf8 } from '#protocol/bytes.ts'
import { GivenDeliveryKey } from '#protocol/content/content.ts'
import { SignedDeviceList } from '#protocol/device-list.ts'
import { RelayError } from '../transport/errors.ts'
import {
  AccountId,
  DeviceId,
  DeviceKey,
  MessageId,
  RegistrationId,
  SealingKey,
  SignalPublicKey,
  bytesOf,
  integer,
  listOf,
} from '#protocol/primitives.ts'
import { Timer } from '#protocol/timer.ts'
import { OneTimePrekey } from '#protocol/prekeys.ts'
import { LIMITS } from '#protocol/limits.ts'
import { generateOneTimePrekeys, generateRegistrationId, type KeyPair, type OneTimePrekeyPair } from '../crypto/keys.ts'
import { createLinkKey, openLink, sealLink } from '../crypto/link.ts'
import { signXeddsa } from '../crypto/xeddsa-sign.ts'
import type { Core } from './core.ts'
import { conversationOf } from './conversations.ts'
import type { Devices } from './devices.ts'
import { adoptDeviceList } from './directory.ts'
import { AlreadyRegisteredError, LinkInvalidError } from './errors.ts'
import { identityOf } from './prekeys.ts'
import { saveAccount } from './profile.ts'
import { loadSealedLayer } from './sealed/load.ts'
import {
  type Account,
  type PendingLink,
  PENDING_LINK,
  PREKEY_STATE,
  conversationKey,
  conversationRecord,
  deviceListKey,
  deviceListRecord,
  identityKey,
  identityRecord,
  oneTimePrekeyKey,
  oneTimePrekeyRecord,
  parseRecord,
  pendingLinkRecord,
  prekeyStateRecord,
  sealingKeyKey,
  sealingKeyRecord,
  signedPrekeyKey,
  signedPrekeyRecord,
} from './records.ts'

/** One-time prekeys in a request: enough for the first minutes; the device uploads the rest by itself. */
const REQUEST_PREKEYS = 20
/** Device ids that may have been used and revoked without this device's knowledge. */
const MAX_ID_TRIES = 16

const LinkRequest = v.strictObject({
  linkKey: bytesOf(32),
  registrationId: RegistrationId,
  deviceKey: DeviceKey,
  sealingKey: v.optional(SealingKey),
  /** Unsigned: the new device has no identity key yet. */
  signedPrekey: v.strictObject({ id: v.literal(1), publicKey: SignalPublicKey }),
  oneTimePrekeys: listOf(OneTimePrekey, LIMITS.oneTimePrekeysPerUpload),
})

const LinkBundle = v.strictObject({
  account: AccountId,
  device: DeviceId,
  identity: v.strictObject({ publicKey: SignalPublicKey, privateKey: bytesOf(32) }),
  username: v.optional(v.string()),
  profileName: v.string(),
  highestDevice: DeviceId,
  deliveryKey: v.optional(GivenDeliveryKey),
  deviceList: SignedDeviceList,
  signedPrekeySignature: bytesOf(64),
  contacts: v.array(
    v.strictObject({
      account: AccountId,
      /** The conversation's timer, and which change of it that is. */
      timer: v.optional(Timer),
      timerSet: v.optional(v.strictObject({ revision: integer(1), id: MessageId })),
      identityKey: v.optional(SignalPublicKey),
      name: v.optional(v.string()),
      username: v.optional(v.string()),
      profileSent: v.boolean(),
      deliveryKey: v.optional(GivenDeliveryKey),
      request: v.optional(v.boolean()),
      blocked: v.optional(v.boolean()),
    }),
  ),
})
type LinkBundle = v.InferOutput<typeof LinkBundle>

/** New device: makes its keys, durably, and a request to show to a device of the account. A later one replaces it. */
export async function createLinkRequest(core: Core): Promise<string> {
  if (core.account !== undefined) throw new AlreadyRegisteredError()
  const { newSealingKey } = await loadSealedLayer()
  const [linkKey, deviceKey, sealingKey, [signedPair], oneTime] = await Promise.all([
    createLinkKey(),
    core.platform.deviceKeys.create(),
    newSealingKey(),
    generateOneTimePrekeys(1, 1),
    generateOneTimePrekeys(1, REQUEST_PREKEYS),
  ])
  if (signedPair === undefined) throw new LinkInvalidError()
  const pending: PendingLink = {
    linkKey: stored(linkKey),
    registrationId: generateRegistrationId(),
    deviceKey: deviceKey.stored,
    devicePublicKey: toBase64url(deviceKey.key.publicKey),
    sealingKey,
    signedPrekey: storedPrekey(signedPair),
    oneTimePrekeys: oneTime.map(storedPrekey),
  }
  await core.transact((draft) => {
    draft.put(pendingLinkRecord, PENDING_LINK, pending)
    return Promise.resolve()
  })
  const request: v.InferInput<typeof LinkRequest> = {
    linkKey: pending.linkKey.publicKey,
    registrationId: pending.registrationId,
    deviceKey: pending.devicePublicKey,
    sealingKey: sealingKey.publicKey,
    signedPrekey: { id: 1, publicKey: pending.signedPrekey.publicKey },
    oneTimePrekeys: pending.oneTimePrekeys.map(({ id, publicKey }) => ({ id, publicKey })),
  }
  return toBase64url(utf8(JSON.stringify(request)))
}

/**
 * Old device: signs the new one into the account's device list and answers the bundle for it. The caller must know that
 * the request is its owner's: whoever gets the bundle has the account.
 *
 * @throws LinkInvalidError, RelayError (`tooManyDevices`, …), OfflineError
 */
export async function approveLink(core: Core, devices: Devices, request: string): Promise<string> {
  const parsed = v.safeParse(LinkRequest, decode(request))
  if (!parsed.success) throw new LinkInvalidError()
  const { linkKey, registrationId, deviceKey, sealingKey, signedPrekey, oneTimePrekeys } = parsed.output
  const own = core.requireAccount()
  const signature = toBase64url(signXeddsa(identityOf(own).privateKey, fromBase64url(signedPrekey.publicKey)))
  const upload = { signedPrekey: { ...signedPrekey, signature }, oneTimePrekeys }
  let id = own.highestDevice
  for (let tries = 1; ; tries += 1) {
    id += 1
    const device = id
    try {
      await devices.update((list) => ({
        devices: [...list.devices, { id: device, registrationId, deviceKey, ...(sealingKey && { sealingKey }) }],
        prekeys: [{ device, upload }],
      }))
      break
    } catch (error) {
      if (!(error instanceof RelayError) || error.code !== 'deviceIdReused' || tries === MAX_ID_TRIES) throw error
    }
  }
  const bundle = await makeBundle(core, id, signature)
  return toBase64url(await sealLink(fromBase64url(linkKey), utf8(JSON.stringify(bundle))))
}

/**
 * New device: takes the account over from the bundle.
 *
 * @throws LinkInvalidError when it is for another request, or was altered
 */
export async function completeLink(core: Core, bundle: string): Promise<void> {
  if (core.account !== undefined) throw new AlreadyRegisteredError()
  const pending = await core.transact((draft) => draft.get(pendingLinkRecord, PENDING_LINK))
  if (pending === undefined) throw new LinkInvalidError()
  const parsed = v.safeParse(LinkBundle, await open(pending, bundle))
  if (!parsed.success) throw new LinkInvalidError()
  const { account, device, identity, username, profileName, highestDevice, deliveryKey } = parsed.output
  const own: Account = {
    stage: 'ready',
    account,
    device,
    registrationId: pending.registrationId,
    identity,
    deviceKey: pending.deviceKey,
    devicePublicKey: pending.devicePublicKey,
    ...(username === undefined ? {} : { username }),
    profileName,
    highestDevice,
    ...(deliveryKey && { deliveryKey: { ...deliveryKey, isUploaded: true, keepFormer: true } }),
  }
  const deviceKey = await core.platform.deviceKeys.load(pending.deviceKey)
  await core.transact(async (draft) => {
    const list = await adoptDeviceList(draft, own, account, parsed.output.deviceList)
    if (!list.devices.some(({ id, deviceKey: key }) => id === device && key === own.devicePublicKey)) {
      throw new LinkInvalidError()
    }
    if (pending.sealingKey !== undefined) draft.put(sealingKeyRecord, sealingKeyKey(1), pending.sealingKey)
    for (const { id, publicKey, privateKey } of pending.oneTimePrekeys) {
      draft.put(oneTimePrekeyRecord, oneTimePrekeyKey(id), { publicKey, privateKey })
    }
    const signature = parsed.output.signedPrekeySignature
    draft.put(signedPrekeyRecord, signedPrekeyKey(1), { ...pending.signedPrekey, signature })
    draft.put(prekeyStateRecord, PREKEY_STATE, {
      nextOneTimeId: pending.oneTimePrekeys.length + 1,
      offerFrom: 1,
      signedId: 1,
      signedAt: core.now(),
    })
    for (const contact of parsed.output.contacts) {
      if (contact.identityKey !== undefined) {
        draft.put(identityRecord, identityKey(contact.account), { key: contact.identityKey })
      }
      draft.put(conversationRecord, conversationKey(contact.account), {
        ...(await conversationOf(draft, contact.account)),
        ...(contact.name === undefined ? {} : { name: contact.name }),
        ...(contact.username === undefined ? {} : { username: contact.username }),
        ...(contact.timer === undefined ? {} : { timer: contact.timer }),
        ...(contact.timerSet === undefined ? {} : { timerSet: contact.timerSet }),
        profileSent: contact.profileSent,
        ...(contact.deliveryKey && { deliveryKey: contact.deliveryKey }),
        ...(contact.request === true && { request: true }),
        ...(contact.blocked === true && { blocked: true }),
      })
    }
    draft.delete(PENDING_LINK)
    saveAccount(core, draft, own)
    draft.announce(() => {
      core.deviceKey = deviceKey
    })
  })
}

function makeBundle(core: Core, device: number, signedPrekeySignature: string): Promise<LinkBundle> {
  return core.transact(async (draft) => {
    const { account, identity, username, profileName, highestDevice, deliveryKey } = core.requireAccount()
    const deviceList = await draft.get(deviceListRecord, deviceListKey(account))
    if (deviceList === undefined) throw new LinkInvalidError()
    const contacts: LinkBundle['contacts'] = []
    for (const { partition, value } of await core.store.all('conversation')) {
      const { name, username: theirs, ...known } = parseRecord(conversationRecord, value)
      const { profileSent, timer, timerSet, request, blocked } = known
      const pinned = await draft.get(identityRecord, identityKey(partition))
      contacts.push({
        account: partition,
        ...(pinned === undefined ? {} : { identityKey: pinned.key }),
        ...(name === undefined ? {} : { name }),
        ...(theirs === undefined ? {} : { username: theirs }),
        // A group's stands in its details.
        ...(timer === undefined || timerSet === undefined ? {} : { timer }),
        ...(timerSet === undefined ? {} : { timerSet }),
        profileSent,
        ...(known.deliveryKey && { deliveryKey: given(known.deliveryKey) }),
        ...(request === true && { request }),
        ...(blocked === true && { blocked }),
      })
    }
    return {
      account,
      device,
      identity,
      ...(username === undefined ? {} : { username }),
      profileName,
      highestDevice,
      ...(deliveryKey && { deliveryKey: given(deliveryKey) }),
      deviceList,
      signedPrekeySignature,
      contacts,
    }
  })
}

function given({ version, key }: GivenDeliveryKey): GivenDeliveryKey {
  return { version, key }
}

function stored({ publicKey, privateKey }: KeyPair): { publicKey: string; privateKey: string } {
  return { publicKey: toBase64url(publicKey), privateKey: toBase64url(privateKey) }
}

function storedPrekey({ id, publicKey, privateKey }: OneTimePrekeyPair): PendingLink['signedPrekey'] {
  return { id, publicKey: toBase64url(publicKey), privateKey: toBase64url(privateKey) }
}

/** The JSON of a base64url text; `undefined` when it is none. */
function decode(text: string): unknown {
  try {
    return JSON.parse(fromUtf8(fromBase64url(text)))
  } catch {
    return undefined
  }
}

async function open(pending: PendingLink, bundle: string): Promise<unknown> {
  const { publicKey, privateKey } = pending.linkKey
  try {
    const key = { publicKey: fromBase64url(publicKey), privateKey: fromBase64url(privateKey) }
    return JSON.parse(fromUtf8(await openLink(key, fromBase64url(bundle))))
  } catch (error) {
    throw new LinkInvalidError({ cause: error })
  }
}
