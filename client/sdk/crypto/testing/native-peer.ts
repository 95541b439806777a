/** A device on Signal's own native library of the X3DH era, with its stores in memory. Node only. */

import * as signal from '@signalapp/libsignal-client'
import type { Address, PrekeyBundle } from '../ratchet.ts'
import { MESSAGE_TYPE } from '../wire.ts'

/** As a number, which is what `type()` answers. */
const NATIVE_PREKEY: number = signal.CiphertextMessageType.PreKey

class Sessions extends signal.SessionStore {
  readonly records = new Map<string, signal.SessionRecord>()
  saveSession(address: signal.ProtocolAddress, record: signal.SessionRecord): Promise<void> {
    this.records.set(`${address.name()}.${address.deviceId()}`, record)
    return Promise.resolve()
  }
  getSession(address: signal.ProtocolAddress): Promise<signal.SessionRecord | null> {
    return Promise.resolve(this.records.get(`${address.name()}.${address.deviceId()}`) ?? null)
  }
  getExistingSessions(): Promise<signal.SessionRecord[]> {
    return Promise.resolve([...this.records.values()])
  }
}

class Identities extends signal.IdentityKeyStore {
  readonly key = signal.PrivateKey.generate()
  readonly known = new Map<string, signal.PublicKey>()
  getIdentityKey(): Promise<signal.PrivateKey> {
    return Promise.resolve(this.key)
  }
  getLocalRegistrationId(): Promise<number> {
    return Promise.resolve(77)
  }
  saveIdentity(address: signal.ProtocolAddress, key: signal.PublicKey): Promise<boolean> {
    this.known.set(address.name(), key)
    return Promise.resolve(true)
  }
  isTrustedIdentity(address: signal.ProtocolAddress, key: signal.PublicKey): Promise<boolean> {
    const known = this.known.get(address.name())
    return Promise.resolve(known === undefined || known.compare(key) === 0)
  }
  getIdentity(address: signal.ProtocolAddress): Promise<signal.PublicKey | null> {
    return Promise.resolve(this.known.get(address.name()) ?? null)
  }
}

class Prekeys extends signal.PreKeyStore {
  readonly records = new Map<number, signal.PreKeyRecord>()
  savePreKey(id: number, record: signal.PreKeyRecord): Promise<void> {
    this.records.set(id, record)
    return Promise.resolve()
  }
  getPreKey(id: number): Promise<signal.PreKeyRecord> {
    const record = this.records.get(id)
    return record === undefined ? Promise.reject(new Error(`no prekey ${id}`)) : Promise.resolve(record)
  }
  removePreKey(id: number): Promise<void> {
    this.records.delete(id)
    return Promise.resolve()
  }
}

class SignedPrekeys extends signal.SignedPreKeyStore {
  readonly records = new Map<number, signal.SignedPreKeyRecord>()
  saveSignedPreKey(id: number, record: signal.SignedPreKeyRecord): Promise<void> {
    this.records.set(id, record)
    return Promise.resolve()
  }
  getSignedPreKey(id: number): Promise<signal.SignedPreKeyRecord> {
    const record = this.records.get(id)
    return record === undefined ? Promise.reject(new Error(`no signed prekey ${id}`)) : Promise.resolve(record)
  }
}

const octets = (buffer: Buffer) => Uint8Array.from(buffer)
const key = (bytes: Uint8Array) => signal.PublicKey.deserialize(Buffer.from(bytes))

function toNative({ account, device }: Address): signal.ProtocolAddress {
  return signal.ProtocolAddress.new(account, device)
}

export class NativePeer {
  readonly address: Address
  readonly sessions = new Sessions()
  readonly identities = new Identities()
  readonly prekeys = new Prekeys()
  readonly signedPrekeys = new SignedPrekeys()

  constructor(account: string) {
    this.address = { account, device: 1 }
  }

  get identityKey(): Uint8Array {
    return octets(this.identities.key.getPublicKey().serialize())
  }

  /** New prekeys, as a bundle of ours. */
  async bundle(withOneTimePrekey: boolean): Promise<PrekeyBundle> {
    const [signed, oneTime] = [signal.PrivateKey.generate(), signal.PrivateKey.generate()]
    const publicKey = signed.getPublicKey()
    const signature = this.identities.key.sign(publicKey.serialize())
    await this.signedPrekeys.saveSignedPreKey(3, signal.SignedPreKeyRecord.new(3, 0, publicKey, signed, signature))
    await this.prekeys.savePreKey(4, signal.PreKeyRecord.new(4, oneTime.getPublicKey(), oneTime))
    return {
      registrationId: 77,
      identityKey: this.identityKey,
      signedPrekey: { id: 3, publicKey: octets(publicKey.serialize()), signature: octets(signature) },
      ...(withOneTimePrekey && { oneTimePrekey: { id: 4, publicKey: octets(oneTime.getPublicKey().serialize()) } }),
    }
  }

  async start(address: Address, bundle: PrekeyBundle): Promise<void> {
    const { registrationId, signedPrekey, oneTimePrekey, identityKey } = bundle
    const native = signal.PreKeyBundle.new(
      registrationId,
      address.device,
      oneTimePrekey?.id ?? null,
      oneTimePrekey === undefined ? null : key(oneTimePrekey.publicKey),
      signedPrekey.id,
      key(signedPrekey.publicKey),
      Buffer.from(signedPrekey.signature),
      key(identityKey),
    )
    await signal.processPreKeyBundle(native, toNative(address), this.sessions, this.identities)
  }

  /** A body of ours: the native library's type 2 is our 1. */
  async send(to: { address: Address }, plaintext: Uint8Array): Promise<Uint8Array> {
    const message = await signal.signalEncrypt(
      Buffer.from(plaintext),
      toNative(to.address),
      this.sessions,
      this.identities,
    )
    const prekey = message.type() === NATIVE_PREKEY
    return Uint8Array.of(prekey ? MESSAGE_TYPE.prekey : MESSAGE_TYPE.message, ...message.serialize())
  }

  async receive(from: { address: Address }, body: Uint8Array): Promise<Uint8Array> {
    const bytes = Buffer.from(body.subarray(1))
    const address = toNative(from.address)
    const { sessions, identities } = this
    return octets(
      body[0] === MESSAGE_TYPE.prekey
        ? await signal.signalDecryptPreKey(
            signal.PreKeySignalMessage.deserialize(bytes),
            address,
            sessions,
            identities,
            this.prekeys,
            this.signedPrekeys,
          )
        : await signal.signalDecrypt(signal.SignalMessage.deserialize(bytes), address, sessions, identities),
    )
  }
}
