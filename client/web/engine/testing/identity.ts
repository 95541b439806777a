import { toBase64url, utf8 } from '#protocol/bytes.ts'
import { signDeviceList } from '#sdk/crypto/device-list-signature.ts'
import { generateIdentity, generateOneTimePrekeys, generateSignedPrekey } from '#sdk/crypto/keys.ts'
import type { FakeAccount } from '#sdk/session/testing/fake-account.ts'

/** Makes the relay show an account under another identity key, as after a new start on a new device. */
export async function changeIdentity(account: FakeAccount): Promise<void> {
  const identity = await generateIdentity()
  const list = {
    account: account.id,
    version: account.list.version + 1,
    identityKey: toBase64url(identity.publicKey),
    devices: [{ id: 1, registrationId: 4_242, deviceKey: account.list.devices[0]?.deviceKey ?? '' }],
  }
  const bytes = utf8(JSON.stringify(list))
  account.replaceList({ bytes: toBase64url(bytes), signature: toBase64url(signDeviceList(identity, bytes)) })
  const { id, publicKey, signature } = await generateSignedPrekey(identity, 1_000)
  const oneTime = await generateOneTimePrekeys(1_000, 2)
  account.upload(1, {
    signedPrekey: { id, publicKey: toBase64url(publicKey), signature: toBase64url(signature) },
    oneTimePrekeys: oneTime.map((pair) => ({ id: pair.id, publicKey: toBase64url(pair.publicKey) })),
  })
}
