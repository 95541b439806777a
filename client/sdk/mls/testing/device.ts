/** Devices and what the world knows of them. */

import { fromBase64url, randomBytes, toBase64url } from '#protocol/bytes.ts'
import type { GroupSuite } from '#protocol/groups/entries.ts'
import type { DeviceAddress } from '#protocol/primitives.ts'
import type { DeviceResolver } from '../credential.ts'
import {
  type ForeignKeyPackage,
  type OwnDevice,
  type OwnKeyPackage,
  makeKeyPackage,
  readKeyPackage,
} from '../key-package.ts'
import { nameOf } from '../members.ts'
import { ed25519 } from '../primitives.ts'
import { isRefusal } from '../refusal.ts'

/** One moment for all; the library looks at the clock, so that it is near. Milliseconds. */
export const NOW = Date.now()

export function randomId(): string {
  return toBase64url(randomBytes(16))
}

/** All signed device lists, as everybody would have verified them. */
export class Directory {
  readonly #keys = new Map<string, Uint8Array | 'departed'>()

  list(address: DeviceAddress, deviceKey: Uint8Array): void {
    this.#keys.set(nameOf(address), deviceKey)
  }

  /** The device leaves its account, and `isRemembered` by those who ask. */
  unlist(address: DeviceAddress, isRemembered: boolean): void {
    if (isRemembered) this.#keys.set(nameOf(address), 'departed')
    else this.#keys.delete(nameOf(address))
  }

  readonly resolve: DeviceResolver = (address) => Promise.resolve(this.#keys.get(nameOf(address)))
}

export class TestDevice implements OwnDevice {
  readonly address: DeviceAddress
  readonly directory: Directory
  readonly #seed: Uint8Array

  private constructor(address: DeviceAddress, directory: Directory, seed: Uint8Array) {
    this.address = address
    this.directory = directory
    this.#seed = seed
  }

  static async create(directory: Directory, account: string, device: number): Promise<TestDevice> {
    const { signKey, publicKey } = await ed25519.keygen()
    directory.list({ account, device }, publicKey)
    return new TestDevice({ account, device }, directory, signKey)
  }

  sign(message: Uint8Array): Promise<Uint8Array> {
    return ed25519.sign(this.#seed, message)
  }

  package(suite: GroupSuite): Promise<OwnKeyPackage> {
    return makeKeyPackage(this, suite, NOW)
  }
}

/** The same package as others get it. */
export async function handedOut(device: TestDevice, own: OwnKeyPackage): Promise<ForeignKeyPackage> {
  const { resolve } = device.directory
  return must(await readKeyPackage(fromBase64url(own.body), own.suite, device.address, resolve, NOW))
}

/** What a step answered, when it has to have worked. */
export function must<T extends object>(result: T): Exclude<T, { refused: unknown }> {
  if (isRefusal(result)) throw new Error(`refused: ${result.refused}: ${result.reason}`)
  return result as Exclude<T, { refused: unknown }>
}
