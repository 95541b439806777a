/** Who a leaf is: credentials that a device key vouches for (SPEC, U-2). */

import type { AuthenticationService } from 'ts-mls/authenticationService.js'
import type { Credential, CredentialBasic } from 'ts-mls/credential.js'
import { equalBytes } from '#protocol/bytes.ts'
import { credentialIdentity, leafSigningInput, readCredentialIdentity } from '#protocol/groups/credential.ts'
import type { DeviceAddress } from '#protocol/primitives.ts'
import { ed25519 } from './primitives.ts'
import { RefusedError, ask } from './refusal.ts'

/**
 * What the application knows of a device: its Ed25519 device key (32 octets) by the account's newest verified list;
 * `departed` when it knows that the device was in an earlier list; `undefined` when no list that it has seen names it.
 * Throws when it cannot say, for example offline: then there is no verdict. Of a group's joiner it may answer `undefined`
 * for accounts whose lists it does not have yet: they are reported, for `isVouched` to be asked later.
 */
export type DeviceResolver = (address: DeviceAddress) => Promise<Uint8Array | 'departed' | undefined>

/** The credential of this device's leaf. `sign` is by the device key (Ed25519). */
export async function makeCredential(
  address: DeviceAddress,
  leafKey: Uint8Array,
  sign: (message: Uint8Array) => Promise<Uint8Array>,
): Promise<CredentialBasic> {
  const signature = await sign(leafSigningInput(address, leafKey))
  return { credentialType: 'basic', identity: credentialIdentity(address, signature) }
}

/** Whom a credential names; says nothing about whether it is true. Throws when it is none of ours. */
export function addressOf(credential: Credential): DeviceAddress {
  const read = credential.credentialType === 'basic' ? readCredentialIdentity(credential.identity) : undefined
  if (read === undefined) throw new RefusedError('credentialInvalid', 'not a credential of ours')
  return read.address
}

/** Whether the device with this key (32 octets) signed the leaf key that a credential of its name stands beside. */
export async function isVouchedFor(
  credential: Credential,
  leafKey: Uint8Array,
  deviceKey: Uint8Array,
): Promise<boolean> {
  const read = credential.credentialType === 'basic' ? readCredentialIdentity(credential.identity) : undefined
  if (read === undefined) return false
  return ed25519.verify(deviceKey, leafSigningInput(read.address, leafKey), read.signature)
}

/** Whether two credentials are the same octets. */
export function isSameCredential(a: Credential, b: Credential): boolean {
  return a.credentialType === 'basic' && b.credentialType === 'basic' && equalBytes(a.identity, b.identity)
}

/**
 * The authentication service (RFC 9420 section 5.3.1) of one step. A leaf that members have accepted before is not
 * asked for again: its device may have left the account since.
 */
export class LeafCheck implements AuthenticationService {
  /** Accepted, though no present device list vouches for them: to be shown to the user, and removed by somebody. */
  readonly unverified: DeviceAddress[] = []
  readonly #resolve: DeviceResolver
  readonly #isKnown: (credential: Credential, leafKey: Uint8Array) => boolean
  readonly #isJoining: boolean

  /**
   * @param isKnown whether this very leaf is in the group already
   * @param isJoining whether this device sees the group for the first time: it cannot know which devices have left
   */
  constructor(
    resolve: DeviceResolver,
    isKnown: (credential: Credential, leafKey: Uint8Array) => boolean,
    isJoining: boolean,
  ) {
    this.#resolve = resolve
    this.#isKnown = isKnown
    this.#isJoining = isJoining
  }

  async validateCredential(credential: Credential, leafKey: Uint8Array): Promise<boolean> {
    if (this.#isKnown(credential, leafKey)) return true
    const address = addressOf(credential)
    const deviceKey = await ask(() => this.#resolve(address))
    if (deviceKey instanceof Uint8Array) {
      if (await isVouchedFor(credential, leafKey, deviceKey)) return true
      throw new RefusedError('credentialInvalid', `device ${address.device} did not sign its leaf key`)
    }
    if (deviceKey === undefined && !this.#isJoining) {
      throw new RefusedError('credentialInvalid', `device ${address.device} is not in its account's list`)
    }
    this.unverified.push(address)
    return true
  }
}
