/** A device with its keys in memory, for tests and benchmarks: it commits each step at once. */

import { type OneTimePrekeyPair, type SignedPrekeyPair, generateIdentity, generateOneTimePrekeys } from '../keys.ts'
import { type KeyPair, generateRegistrationId, generateSignedPrekey } from '../keys.ts'
import { decrypt, encrypt, startAndEncrypt, startSession } from '../pairwise.ts'
import type { Address, PrekeyBundle, RatchetChanges, RatchetReader } from '../ratchet.ts'

export class Peer implements RatchetReader {
  readonly address: Address
  readonly localIdentity: KeyPair
  readonly registrationId = generateRegistrationId()
  readonly sessions = new Map<string, string>()
  readonly trusted = new Map<string, Uint8Array>()
  readonly signedPrekeys = new Map<number, SignedPrekeyPair>()
  readonly oneTimePrekeys = new Map<number, OneTimePrekeyPair>()

  private constructor(address: Address, identity: KeyPair) {
    this.address = address
    this.localIdentity = identity
  }

  static async create(account: string, options: { oneTimePrekeys?: number; device?: number } = {}): Promise<Peer> {
    const peer = new Peer({ account, device: options.device ?? 1 }, await generateIdentity())
    peer.signedPrekeys.set(1, await generateSignedPrekey(peer.localIdentity, 1))
    for (const prekey of await generateOneTimePrekeys(1, options.oneTimePrekeys ?? 1)) {
      peer.oneTimePrekeys.set(prekey.id, prekey)
    }
    return peer
  }

  session({ account, device }: Address): Promise<string | undefined> {
    return Promise.resolve(this.sessions.get(`${account}.${device}`))
  }

  trustedIdentity(account: string): Promise<Uint8Array | undefined> {
    return Promise.resolve(this.trusted.get(account))
  }

  oneTimePrekey(id: number): Promise<OneTimePrekeyPair | undefined> {
    return Promise.resolve(this.oneTimePrekeys.get(id))
  }

  signedPrekey(id: number): Promise<SignedPrekeyPair | undefined> {
    return Promise.resolve(this.signedPrekeys.get(id))
  }

  commit(changes: RatchetChanges): void {
    for (const { address, record } of changes.sessions)
      this.sessions.set(`${address.account}.${address.device}`, record)
    for (const { account, identityKey } of changes.trustedIdentities) this.trusted.set(account, identityKey)
    for (const id of changes.consumedPrekeys) this.oneTimePrekeys.delete(id)
  }

  /** What the relay hands out; it does not delete the one-time prekey, so that a test can hand it out twice. */
  bundle(): PrekeyBundle {
    const [signedPrekey] = this.signedPrekeys.values()
    const [oneTimePrekey] = this.oneTimePrekeys.values()
    if (signedPrekey === undefined) throw new Error('no signed prekey')
    return {
      registrationId: this.registrationId,
      identityKey: this.localIdentity.publicKey,
      signedPrekey,
      ...(oneTimePrekey === undefined ? {} : { oneTimePrekey }),
    }
  }

  async start(to: Peer, bundle: PrekeyBundle = to.bundle()): Promise<void> {
    this.commit(await startSession(this, to.address, bundle))
  }

  async startAndSend(to: Peer, plaintext: Uint8Array): Promise<Uint8Array> {
    const { body, changes } = await startAndEncrypt(this, to.address, to.bundle(), plaintext)
    this.commit(changes)
    return body
  }

  async send(to: { address: Address }, plaintext: Uint8Array): Promise<Uint8Array> {
    const { body, changes } = await encrypt(this, to.address, plaintext)
    this.commit(changes)
    return body
  }

  async receive(from: { address: Address }, body: Uint8Array): Promise<Uint8Array> {
    const { plaintext, changes } = await decrypt(this, from.address, body)
    this.commit(changes)
    return plaintext
  }
}

/** Two devices with a session in both directions, past the first flight. */
export async function connectedPeers(): Promise<[alice: Peer, bob: Peer]> {
  const [alice, bob] = await Promise.all([Peer.create('alice'), Peer.create('bob')])
  await bob.receive(alice, await alice.startAndSend(bob, Uint8Array.of(1)))
  await alice.receive(bob, await bob.send(alice, Uint8Array.of(2)))
  return [alice, bob]
}
