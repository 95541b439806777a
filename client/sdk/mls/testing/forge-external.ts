/** External commits that no client of ours would make. */

import { concatBytes, fromBase64url, toBase64url } from '#protocol/bytes.ts'
import { commitBinding } from '#protocol/groups/binding.ts'
import { type GroupChange, NO_CHANGE } from '#protocol/groups/change.ts'
import type { CommitEntry } from '#protocol/groups/entries.ts'
import { offerRejoin, openBox } from '../box.ts'
import { LeafCheck } from '../credential.ts'
import { makeExternalCommit } from '../external-commit.ts'
import { beginEpoch, epochOf } from '../group-state.ts'
import { publicPartOf } from '../key-package.ts'
import { linkKeys, linkProof } from '../link-keys.ts'
import { suiteOf } from '../suite.ts'
import { type TestDevice, randomId } from './device.ts'
import type { TestMember } from './member.ts'

/** Whom it removes, what it says openly, and of which secret it has a proof. */
export interface Forgery {
  readonly removed?: number
  readonly said?: GroupChange
  readonly proofOf?: string
}

/** As an entry of the log; `seen` is a member that lent the group's state. */
export async function forgeExternal(seen: TestMember, device: TestDevice, forgery: Forgery): Promise<CommitEntry> {
  const { state } = seen
  const { group, seq } = state
  const epoch = epochOf(state)
  const [own, suite, offer] = await Promise.all([device.package(state.suite), suiteOf(state.suite), offerRejoin(state)])
  const info = await openBox(fromBase64url(offer.box), group, offer.secret)
  const change = forgery.said ?? { ...NO_CHANGE, add: [device.address] }
  const messageId = randomId()
  const leafKey = publicPartOf(own).leafNode.signaturePublicKey
  const proof =
    forgery.proofOf === undefined
      ? new Uint8Array()
      : linkProof(linkKeys(fromBase64url(forgery.proofOf)), group, epoch, leafKey)
  const authenticated = concatBytes(commitBinding(messageId, change), proof)
  const check = new LeafCheck(device.directory.resolve, () => true, true)
  const target = { info, tree: state.tree, former: forgery.removed }
  const { body, next } = await makeExternalCommit(target, own, authenticated, check, suite)
  const sendKey = (await beginEpoch(state, next, undefined)).sendKey.publicKey
  return { kind: 'commit', seq: seq + 1, at: 0, messageId, epoch, body: toBase64url(body), change, sendKey }
}
