/** Joining by a welcome (RFC 9420 section 12.4.3.1), from the library's parts: its own refuses valid trees. */

import type { ClientState } from 'ts-mls/clientState.js'
import { verifyGroupInfoConfirmationTag } from 'ts-mls/groupInfo.js'
import { deriveKeySchedule } from 'ts-mls/keySchedule.js'
import { pathToRoot } from 'ts-mls/pathSecrets.js'
import { type PrivateKeyPath, mergePrivateKeyPaths, toPrivateKeyPath } from 'ts-mls/privateKeyPath.js'
import { type RatchetTree, findLeafIndex } from 'ts-mls/ratchetTree.js'
import { createSecretTree } from 'ts-mls/secretTree.js'
import { leafToNodeIndex, leafWidth, toLeafIndex } from 'ts-mls/treemath.js'
import { firstCommonAncestor } from 'ts-mls/updatePath.js'
import { zeroOutUint8Array } from 'ts-mls/util/byteArray.js'
import { decryptGroupInfo, decryptGroupSecrets } from 'ts-mls/welcome.js'
import { fromBase64url, toBase64url } from '#protocol/bytes.ts'
import type { GroupSuite } from '#protocol/groups/entries.ts'
import type { DeviceAddress } from '#protocol/primitives.ts'
import { configWith } from './config.ts'
import { type DeviceResolver, LeafCheck } from './credential.ts'
import { checkGroupInfo } from './group-info.ts'
import { type GroupState, beginEpoch } from './group-state.ts'
import { type OwnKeyPackage, publicPartOf } from './key-package.ts'
import { membersOf } from './members.ts'
import { readMessage } from './message.ts'
import { type Refusal, RefusedError, refusing } from './refusal.ts'
import { type Suite, suiteOf } from './suite.ts'

/** A group that this device joined. */
export interface Joined {
  readonly state: GroupState
  /** Who made the commit that added this device: it signed the group info (RFC 9420 section 12.4.3). */
  readonly by: DeviceAddress
  /** Devices whose leaves are in the group and not in their account's present list (U-2). */
  readonly unverified: readonly DeviceAddress[]
}

/** What `fetchGroup` answers about a welcome. */
export interface WelcomeEntry {
  readonly group: string
  readonly suite: GroupSuite
  /** The entry to read next is the one after it. */
  readonly seq: number
  readonly epoch: number
  /** Octets of an MLSMessage. */
  readonly body: Uint8Array
}

/** The references (base64url) of the key packages that a welcome is for: `OwnKeyPackage.ref` of one is this device's. */
export function welcomeRefs(body: Uint8Array): readonly string[] {
  const secrets = readMessage(body, 'mls_welcome')?.welcome.secrets ?? []
  return secrets.map(({ newMember }) => toBase64url(newMember))
}

/** Joins with the key package that the welcome is for. Delete that package with what this answers, but that of last resort. */
export function joinByWelcome(
  entry: WelcomeEntry,
  own: OwnKeyPackage,
  resolve: DeviceResolver,
): Promise<Joined | Refusal> {
  return refusing('welcomeInvalid', async () => {
    const welcome = readMessage(entry.body, 'mls_welcome')?.welcome
    const suite = await suiteOf(entry.suite)
    if (welcome?.cipherSuite !== suite.name || own.suite !== entry.suite) {
      throw new RefusedError('welcomeInvalid', 'not a welcome of this suite')
    }
    const secrets = await decryptGroupSecrets(
      await suite.hpke.importPrivateKey(fromBase64url(own.initKey)),
      fromBase64url(own.ref),
      welcome,
      suite.hpke,
    )
    if (secrets === undefined || secrets.psks.length > 0) throw new RefusedError('welcomeInvalid', 'malformed secrets')
    const noPsk = new Uint8Array(suite.kdf.size)
    const info = await decryptGroupInfo(welcome, secrets.joinerSecret, noPsk, suite)
    if (info === undefined) throw new RefusedError('welcomeInvalid', 'malformed group info')
    const { groupContext, confirmationTag } = info
    if (groupContext.epoch !== BigInt(entry.epoch)) throw new RefusedError('welcomeInvalid', 'of another epoch')
    if (!(await verifyGroupInfoConfirmationTag(info, secrets.joinerSecret, noPsk, suite))) {
      throw new RefusedError('welcomeInvalid', 'the confirmation tag is wrong')
    }
    const check = new LeafCheck(resolve, () => false, true)
    const tree = await checkGroupInfo(info, entry.group, check, suite)
    const [keySchedule, encryptionSecret] = await deriveKeySchedule(
      secrets.joinerSecret,
      noPsk,
      groupContext,
      suite.kdf,
    )
    const library: ClientState = {
      groupContext,
      ratchetTree: tree,
      privatePath: await privatePathOf(tree, own, info.signer, secrets.pathSecret, suite),
      signaturePrivateKey: fromBase64url(own.signatureKey),
      confirmationTag,
      unappliedProposals: {},
      keySchedule,
      secretTree: await createSecretTree(leafWidth(tree.length), encryptionSecret, suite.kdf),
      historicalReceiverData: new Map(),
      groupActiveState: { kind: 'active' },
      clientConfig: configWith(check),
    }
    for (const secret of [encryptionSecret, secrets.joinerSecret]) zeroOutUint8Array(secret)
    const members = membersOf(tree)
    const maker = members.at(info.signer)
    if (maker === undefined) throw new RefusedError('welcomeInvalid', 'not by a member')
    const state = await beginEpoch(
      { group: entry.group, suite: entry.suite, seq: entry.seq, left: [], elders: members.accounts },
      library,
      undefined,
    )
    return { state, by: { account: maker.account, device: maker.device }, unverified: check.unverified }
  })
}

/** The private keys that a joiner has: its leaf's, and from the path secret those that it shares with the committer. */
async function privatePathOf(
  tree: RatchetTree,
  own: OwnKeyPackage,
  signer: number,
  pathSecret: Uint8Array | undefined,
  suite: Suite,
): Promise<PrivateKeyPath> {
  const leafIndex = findLeafIndex(tree, publicPartOf(own).leafNode)
  if (leafIndex === undefined) throw new RefusedError('welcomeInvalid', 'this device is not in the tree')
  const leafKeys = { leafIndex, privateKeys: { [leafToNodeIndex(leafIndex)]: fromBase64url(own.leafKey) } }
  if (pathSecret === undefined) return leafKeys
  const meeting = firstCommonAncestor(tree, leafIndex, toLeafIndex(signer))
  const path = await toPrivateKeyPath(await pathToRoot(tree, meeting, pathSecret, suite.kdf), leafIndex, suite)
  return mergePrivateKeyPaths(path, leafKeys)
}
