/**
 * The library as it comes, over a plain storage: what the tests show to be wrong with it, and ours to refuse. It runs
 * in the realm of ours, so it has our curve and primitives; where those are the point, a test calls the compiled ones.
 */

import { concatBytes, fromBinaryString, toBinaryString } from '#protocol/bytes.ts'
import { SessionBuilder, SessionCipher, SignalProtocolAddress } from '../library.ts'
import type { KeyPairType, StorageType } from '../library.ts'
import type { KeyPair } from '../keys.ts'
import type { Peer } from './peer.ts'

const toLibrary = (pair: KeyPair): KeyPairType => ({
  pubKey: Uint8Array.from(pair.publicKey).buffer,
  privKey: Uint8Array.from(pair.privateKey).buffer,
})

const buffer = (bytes: Uint8Array) => Uint8Array.from(bytes).buffer

/** A peer's keys under the library's own rules: the storage of its examples, which keeps and trusts as it is told. */
export class RawLibrary implements StorageType {
  readonly peer: Peer
  readonly sessions = new Map<string, string>()
  readonly identities = new Map<string, string>()

  constructor(peer: Peer) {
    this.peer = peer
  }

  getIdentityKeyPair = () => Promise.resolve(toLibrary(this.peer.localIdentity))
  getLocalRegistrationId = () => Promise.resolve(this.peer.registrationId)
  isTrustedIdentity = (account: string, key: ArrayBuffer) => {
    const known = this.identities.get(account)
    return Promise.resolve(known === undefined || known === toBinaryString(new Uint8Array(key)))
  }
  saveIdentity = (address: string, key: ArrayBuffer) => {
    this.identities.set(address.replace(/\.\d+$/, ''), toBinaryString(new Uint8Array(key)))
    return Promise.resolve(true)
  }
  loadSession = (address: string) => Promise.resolve(this.sessions.get(address))
  storeSession = (address: string, record: string) => {
    this.sessions.set(address, record)
    return Promise.resolve()
  }
  loadPreKey = (id: number | string) => {
    const prekey = this.peer.oneTimePrekeys.get(Number(id))
    return Promise.resolve(prekey && toLibrary(prekey))
  }
  loadSignedPreKey = (id: number | string) => {
    const prekey = this.peer.signedPrekeys.get(Number(id))
    return Promise.resolve(prekey && toLibrary(prekey))
  }
  removePreKey = () => Promise.resolve()
  storePreKey = () => Promise.resolve()
  storeSignedPreKey = () => Promise.resolve()
  removeSignedPreKey = () => Promise.resolve()

  /** Decrypts a body of ours, type octet first. */
  async receive(from: Peer, body: Uint8Array): Promise<Uint8Array> {
    const cipher = new SessionCipher(this, new SignalProtocolAddress(from.address.account, from.address.device))
    const message = buffer(body.subarray(1))
    return new Uint8Array(
      await (body[0] === 3 ? cipher.decryptPreKeyWhisperMessage(message) : cipher.decryptWhisperMessage(message)),
    )
  }

  /** Encrypts to a body of ours. */
  async send(to: Peer, plaintext: Uint8Array): Promise<Uint8Array> {
    const cipher = new SessionCipher(this, new SignalProtocolAddress(to.address.account, to.address.device))
    const { type, body } = await cipher.encrypt(Uint8Array.from(plaintext).buffer)
    return concatBytes(Uint8Array.of(type), fromBinaryString(body ?? ''))
  }

  /** Starts a session from a peer's bundle. */
  async start(to: Peer): Promise<void> {
    const { registrationId, identityKey, signedPrekey, oneTimePrekey } = to.bundle()
    const address = new SignalProtocolAddress(to.address.account, to.address.device)
    await new SessionBuilder(this, address).processPreKey({
      registrationId,
      identityKey: buffer(identityKey),
      signedPreKey: {
        keyId: signedPrekey.id,
        publicKey: buffer(signedPrekey.publicKey),
        signature: buffer(signedPrekey.signature),
      },
      ...(oneTimePrekey && { preKey: { keyId: oneTimePrekey.id, publicKey: buffer(oneTimePrekey.publicKey) } }),
    })
  }
}
