/** Key packages (RFC 9420 section 10): what others add this device with while it is away, and theirs. */

import { type KeyPackage, generateKeyPackageWithKey, makeKeyPackageRef, verifyKeyPackage } from 'ts-mls/keyPackage.js'
import { verifyLeafNodeSignatureKeyPackage } from 'ts-mls/leafNode.js'
import * as v from 'valibot'
import { equalBytes, fromBase64url, toBase64url } from '#protocol/bytes.ts'
import { type GroupSuite, GroupSuite as GroupSuiteSchema } from '#protocol/groups/entries.ts'
import { type DeviceAddress, bytesOf, bytesUpTo } from '#protocol/primitives.ts'
import { LIMITS } from '#protocol/limits.ts'
import { capabilitiesOf } from './config.ts'
import { type DeviceResolver, LeafCheck, addressOf, makeCredential } from './credential.ts'
import { readMessage, writeMessage } from './message.ts'
import { type Refusal, RefusedError, refusing } from './refusal.ts'
import { type Suite, suiteOf } from './suite.ts'

/** Three months, about the longest that a device may be away (RFC 9420 section 7.2: bounded). Seconds. */
const LIFETIME = 90 * 24 * 3_600
/** Clocks differ: packages are valid from a day before they are made. Seconds. */
const BACKDATED = 24 * 3_600

/** This device, as it makes leaves. `sign` is by its device key. */
export interface OwnDevice {
  readonly address: DeviceAddress
  sign(message: Uint8Array): Promise<Uint8Array>
}

/** A package with what only its owner has; plain data, to be stored until it is used or expires. */
export const OwnKeyPackage = v.object({
  suite: GroupSuiteSchema,
  /** RFC 9420 section 5.2; names the package in a welcome. */
  ref: bytesUpTo(64, 32),
  /** An MLSMessage: what is uploaded. */
  body: bytesUpTo(LIMITS.keyPackageBytes),
  initKey: bytesOf(32),
  leafKey: bytesOf(32),
  signatureKey: bytesOf(32),
  /** Milliseconds since 1970. */
  notAfter: v.number(),
})
export type OwnKeyPackage = v.InferOutput<typeof OwnKeyPackage>

/** Another device's package, verified. */
export interface ForeignKeyPackage {
  readonly address: DeviceAddress
  readonly keyPackage: KeyPackage
}

/**
 * A new package of this device. A package of last resort is made like any other: the relay is told which one it is.
 *
 * @param now milliseconds since 1970
 */
export async function makeKeyPackage(device: OwnDevice, suiteId: GroupSuite, now: number): Promise<OwnKeyPackage> {
  const suite = await suiteOf(suiteId)
  const signatureKeys = await suite.signature.keygen()
  const credential = await makeCredential(device.address, signatureKeys.publicKey, (input) => device.sign(input))
  const seconds = Math.floor(now / 1_000)
  const notAfter = seconds + LIFETIME
  const { publicPackage, privatePackage } = await generateKeyPackageWithKey(
    credential,
    capabilitiesOf(suite.name),
    { notBefore: BigInt(seconds - BACKDATED), notAfter: BigInt(notAfter) },
    [],
    signatureKeys,
    suite,
  )
  return {
    suite: suiteId,
    ref: toBase64url(await makeKeyPackageRef(publicPackage, suite.hash)),
    body: toBase64url(writeMessage({ wireformat: 'mls_key_package', keyPackage: publicPackage })),
    initKey: toBase64url(privatePackage.initPrivateKey),
    leafKey: toBase64url(privatePackage.hpkePrivateKey),
    signatureKey: toBase64url(privatePackage.signaturePrivateKey),
    notAfter: notAfter * 1_000,
  }
}

/** The public part of a stored package. Throws when the record is damaged. */
export function publicPartOf(own: OwnKeyPackage): KeyPackage {
  const message = readMessage(fromBase64url(own.body), 'mls_key_package')
  if (message === undefined) throw new TypeError('a stored key package is damaged')
  return message.keyPackage
}

/**
 * Parses and verifies a package that the relay handed out for `address`: its signatures, its credential (U-2), that it
 * is of this suite, can read our groups, and is valid at `now`.
 *
 * @param body octets of an MLSMessage
 * @param now milliseconds since 1970
 */
export function readKeyPackage(
  body: Uint8Array,
  suiteId: GroupSuite,
  address: DeviceAddress,
  resolve: DeviceResolver,
  now: number,
): Promise<ForeignKeyPackage | Refusal> {
  return refusing('keyPackageInvalid', async () => {
    const keyPackage = readMessage(body, 'mls_key_package')?.keyPackage
    if (keyPackage === undefined) throw new RefusedError('keyPackageInvalid', 'not a key package')
    const suite = await suiteOf(suiteId)
    const fault = await faultOf(keyPackage, suite, address, BigInt(Math.floor(now / 1_000)))
    if (fault !== undefined) throw new RefusedError('keyPackageInvalid', fault)
    const { credential, signaturePublicKey } = keyPackage.leafNode
    const check = new LeafCheck(resolve, () => false, false)
    await check.validateCredential(credential, signaturePublicKey)
    if (check.unverified.length > 0) throw new RefusedError('credentialInvalid', 'the device has left its account')
    return { address, keyPackage }
  })
}

async function faultOf(keyPackage: KeyPackage, suite: Suite, address: DeviceAddress, seconds: bigint) {
  const leaf = keyPackage.leafNode
  const named = addressOf(leaf.credential)
  if (named.account !== address.account || named.device !== address.device) return 'of another device'
  if (keyPackage.cipherSuite !== suite.name || keyPackage.version !== 'mls10') return 'of another suite or version'
  if (keyPackage.extensions.length > 0 || leaf.extensions.length > 0) return 'with extensions'
  const { extensions, ciphersuites, credentials } = capabilitiesOf(suite.name)
  const { capabilities } = leaf
  const canJoin =
    extensions.every((type) => capabilities.extensions.includes(type)) &&
    ciphersuites.every((name) => capabilities.ciphersuites.includes(name)) &&
    credentials.every((name) => capabilities.credentials.includes(name))
  if (!canJoin) return 'without what a group needs'
  if (leaf.lifetime.notBefore > seconds || leaf.lifetime.notAfter < seconds) return 'outside its lifetime'
  if (equalBytes(keyPackage.initKey, leaf.hpkePublicKey)) return 'with one key in two places'
  if (!(await verifyLeafNodeSignatureKeyPackage(leaf, suite.signature))) return 'its leaf is not signed'
  return (await verifyKeyPackage(keyPackage, suite.signature)) ? undefined : 'not signed'
}
