/** A new group, with this device as its only member (SPEC, T-1). */

import { createGroup as createLibraryGroup } from 'ts-mls/clientState.js'
import { fromBase64url } from '#protocol/bytes.ts'
import type { GroupDetails } from '#protocol/groups/details.ts'
import { configWith } from './config.ts'
import { addressOf } from './credential.ts'
import { extensionsFor } from './details.ts'
import { type GroupState, beginEpoch } from './group-state.ts'
import { type OwnKeyPackage, publicPartOf } from './key-package.ts'
import { suiteOf } from './suite.ts'

/** What a founder decides. It becomes the owner itself. */
export type Founding = Pick<GroupDetails, 'name' | 'policy' | 'timer' | 'slowMode' | 'history'>

/**
 * Founds a group in epoch 0. What the relay is told of it: its id, the package's suite, and `state.sendKey.publicKey`.
 *
 * @param group 128 random bits, base64url
 * @param own a new key package of this device that nobody else has
 */
export async function createGroup(group: string, own: OwnKeyPackage, founding: Founding): Promise<GroupState> {
  const suite = await suiteOf(own.suite)
  const keyPackage = publicPartOf(own)
  const { account } = addressOf(keyPackage.leafNode.credential)
  const library = await createLibraryGroup(
    fromBase64url(group),
    keyPackage,
    {
      initPrivateKey: fromBase64url(own.initKey),
      hpkePrivateKey: fromBase64url(own.leafKey),
      signaturePrivateKey: fromBase64url(own.signatureKey),
    },
    extensionsFor({ ...founding, roles: [{ account, role: 'owner' }], links: [] }),
    suite,
    configWith({ validateCredential: () => Promise.resolve(true) }),
  )
  return beginEpoch({ group, suite: own.suite, seq: 0, left: [], elders: [] }, library, undefined)
}
