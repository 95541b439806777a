/** Welcomes for those whom a commit adds (RFC 9420 section 12.4.3.1). */

import type { ClientState } from 'ts-mls/clientState.js'
import { createGroupInfoWithRatchetTree } from 'ts-mls/createCommit.js'
import { type KeyPackage, makeKeyPackageRef } from 'ts-mls/keyPackage.js'
import type { EpochSecrets } from 'ts-mls/keySchedule.js'
import { type LeafIndex, toLeafIndex } from 'ts-mls/treemath.js'
import { type PathSecret, firstCommonAncestor } from 'ts-mls/updatePath.js'
import { encryptGroupInfo, encryptGroupSecrets } from 'ts-mls/welcome.js'
import { writeMessage } from './message.ts'
import type { Suite } from './suite.ts'

/** New leaves with the packages that they are of. */
export type Added = readonly (readonly [LeafIndex, KeyPackage])[]

/** An MLSMessage. The group info holds the ratchet tree, so that a joiner needs nothing else. */
export async function makeWelcome(
  next: ClientState,
  added: Added,
  path: readonly PathSecret[],
  { joinerSecret, welcomeSecret }: EpochSecrets,
  suite: Suite,
): Promise<Uint8Array> {
  const { groupContext, confirmationTag, ratchetTree } = next
  const info = await createGroupInfoWithRatchetTree(groupContext, confirmationTag, next, ratchetTree, [], suite)
  const encryptedGroupInfo = await encryptGroupInfo(info, welcomeSecret, suite)
  const secrets = []
  for (const [leaf, keyPackage] of added) {
    const meeting = path.length === 0 ? undefined : firstCommonAncestor(ratchetTree, leaf, ownLeaf(next))
    const pathSecret = path.find(({ nodeIndex }) => nodeIndex === meeting)?.secret
    const { enc, ct } = await encryptGroupSecrets(
      await suite.hpke.importPublicKey(keyPackage.initKey),
      encryptedGroupInfo,
      { joinerSecret, pathSecret, psks: [] },
      suite.hpke,
    )
    const newMember = await makeKeyPackageRef(keyPackage, suite.hash)
    secrets.push({ newMember, encryptedGroupSecrets: { kemOutput: enc, ciphertext: ct } })
  }
  return writeMessage({
    wireformat: 'mls_welcome',
    welcome: { cipherSuite: groupContext.cipherSuite, secrets, encryptedGroupInfo },
  })
}

function ownLeaf({ privatePath }: ClientState): LeafIndex {
  return toLeafIndex(privatePath.leafIndex)
}
