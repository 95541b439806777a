/** Registration: keys first, durably; then the relay, as often as it takes. */

import { randomBytes, toBase64url } from '#protocol/bytes.ts'
import type { DeviceList } from '#protocol/device-list.ts'
import { register } from '#protocol/http/accounts.ts'
import { generateIdentity, generateRegistrationId, generateSignedPrekey } from '../crypto/keys.ts'
import type { Core } from './core.ts'
import type { Draft } from './draft.ts'
import { AlreadyRegisteredError } from './errors.ts'
import { signList } from './sign-list.ts'
import { addOneTimePrekeys, identityOf, toSignedRecord, toSignedUpload } from './prekeys.ts'
import { saveAccount } from './profile.ts'
import { loadSealedLayer } from './sealed/load.ts'
import {
  type Account,
  type SealingKeyRecord,
  ONE_TIME_PREKEYS,
  PREKEY_STATE,
  deviceListKey,
  deviceListRecord,
  oneTimePrekeyRecord,
  parseRecord,
  prekeyStateRecord,
  sealingKeyKey,
  sealingKeyRecord,
  signedPrekeyKey,
  signedPrekeyRecord,
} from './records.ts'

const FIRST_PREKEYS = 100

export interface RegisterOptions {
  /** Found by others; normalised by the relay. */
  readonly username?: string
  /** What contacts see. Never told to the relay. */
  readonly profileName?: string
  readonly invite?: string
}

/**
 * Registers an account with this device. When it fails, whatever the cause, call it again: the same keys are used, so
 * that a registration whose answer was lost is not made twice; username, name and invite may be other ones.
 *
 * @throws AlreadyRegisteredError, RelayError (`usernameTaken`, `inviteRequired` and others), OfflineError
 */
export async function registerAccount(core: Core, options: RegisterOptions): Promise<void> {
  if (core.account !== undefined && core.account.stage !== 'registering') throw new AlreadyRegisteredError()
  const own = core.account ?? (await createKeys(core))
  const prepared = await core.transact(async (draft) => ({
    deviceList: await draft.get(deviceListRecord, deviceListKey(own.account)),
    signed: await draft.get(signedPrekeyRecord, signedPrekeyKey(1)),
  }))
  if (prepared.deviceList === undefined || prepared.signed === undefined) throw new AlreadyRegisteredError()
  const oneTime = await core.store.range('prekey', ONE_TIME_PREKEYS, { limit: FIRST_PREKEYS })
  const answer = await core.http.call(register, {
    account: own.account,
    deviceList: prepared.deviceList,
    prekeys: {
      signedPrekey: toSignedUpload(prepared.signed),
      oneTimePrekeys: oneTime.map(({ order, value }) => ({
        id: order,
        publicKey: parseRecord(oneTimePrekeyRecord, value).publicKey,
      })),
    },
    ...(options.username === undefined ? {} : { username: options.username }),
    ...(options.invite === undefined ? {} : { invite: options.invite }),
  })
  await core.transact(async (draft) => {
    const { username } = answer
    saveAccount(core, draft, {
      ...own,
      stage: 'ready',
      profileName: options.profileName ?? answer.username ?? '',
      ...(username === undefined ? {} : { username }),
    })
    return Promise.resolve()
  })
}

async function createKeys(core: Core): Promise<Account> {
  const { newSealingKey } = await loadSealedLayer()
  const [identity, deviceKey, sealingKey] = await Promise.all([
    generateIdentity(),
    core.platform.deviceKeys.create(),
    newSealingKey(),
  ])
  const own: Account = {
    stage: 'registering',
    account: toBase64url(randomBytes(16)),
    device: 1,
    registrationId: generateRegistrationId(),
    identity: { publicKey: toBase64url(identity.publicKey), privateKey: toBase64url(identity.privateKey) },
    deviceKey: deviceKey.stored,
    devicePublicKey: toBase64url(deviceKey.key.publicKey),
    profileName: '',
    highestDevice: 1,
  }
  await core.transact(async (draft) => {
    await createFirstRecords(core, draft, own, sealingKey)
    draft.announce(() => {
      core.deviceKey = deviceKey.key
    })
  })
  return own
}

async function createFirstRecords(core: Core, draft: Draft, own: Account, sealingKey: SealingKeyRecord): Promise<void> {
  const { account, device, registrationId, devicePublicKey, identity } = own
  const list: DeviceList = {
    account,
    version: 1,
    identityKey: identity.publicKey,
    devices: [{ id: device, registrationId, deviceKey: devicePublicKey, sealingKey: sealingKey.publicKey }],
  }
  draft.put(deviceListRecord, deviceListKey(account), signList(own, list))
  draft.put(sealingKeyRecord, sealingKeyKey(1), sealingKey)
  const signed = toSignedRecord(await generateSignedPrekey(identityOf(own), 1))
  draft.put(signedPrekeyRecord, signedPrekeyKey(1), signed)
  await addOneTimePrekeys(draft, 1, FIRST_PREKEYS)
  draft.put(prekeyStateRecord, PREKEY_STATE, {
    nextOneTimeId: FIRST_PREKEYS + 1,
    offerFrom: 1,
    signedId: 1,
    signedAt: core.now(),
  })
  saveAccount(core, draft, own)
}
