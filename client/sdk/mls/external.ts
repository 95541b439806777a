/** Joining by a link, and joining again (SPEC, section 23). */

import { concatBytes, fromBase64url, toBase64url } from '#protocol/bytes.ts'
import { commitBinding } from '#protocol/groups/binding.ts'
import { type GroupChange, NO_CHANGE } from '#protocol/groups/change.ts'
import type { GroupSuite } from '#protocol/groups/entries.ts'
import type { DeviceAddress } from '#protocol/primitives.ts'
import { boxesOf, openBox } from './box.ts'
import { type DeviceResolver, LeafCheck, addressOf } from './credential.ts'
import { readDetails } from './details.ts'
import { makeExternalCommit } from './external-commit.ts'
import { checkGroupInfo } from './group-info.ts'
import { beginEpoch } from './group-state.ts'
import { type OwnKeyPackage, publicPartOf } from './key-package.ts'
import { linkKeys, linkProof } from './link-keys.ts'
import { membersOf } from './members.ts'
import type { PendingCommit } from './pending.ts'
import { type Refusal, RefusedError, refusing } from './refusal.ts'
import { suiteOf } from './suite.ts'

/** What `openGroupLink` answered, and the secret that opens it. */
export interface OpenedLink {
  readonly group: string
  readonly suite: GroupSuite
  readonly epoch: number
  /** Octets. */
  readonly box: Uint8Array
  /** base64url, from the link or from a `groupRejoin`. */
  readonly secret: string
}

/** A join that waits for the relay's answer, and what joining showed. */
export interface PendingJoin extends PendingCommit {
  /** Devices whose leaves are in the group and not in their account's present list (U-2). */
  readonly unverified: readonly DeviceAddress[]
}

/** What a link leads to, for asking before joining. */
export interface LinkPreview {
  readonly name: string
  readonly accounts: number
  readonly isMember: boolean
}

/**
 * Makes the external commit by which this device joins. Where it has a leaf already, that one is replaced; by an offer to
 * rejoin, which is no link of the group's details, only that is possible.
 *
 * @param own a new key package of this device that nobody else has: its leaf is used, and its init key is not
 */
export function joinByLink(
  link: OpenedLink,
  own: OwnKeyPackage,
  messageId: string,
  resolve: DeviceResolver,
): Promise<PendingJoin | Refusal> {
  return refusing('linkInvalid', async () => {
    const { group, epoch } = link
    const suite = await suiteOf(link.suite)
    const keys = linkKeys(fromBase64url(link.secret))
    const info = await openBox(link.box, group, link.secret)
    if (info.groupContext.epoch !== BigInt(epoch)) throw new RefusedError('linkInvalid', 'a box of another epoch')
    const check = new LeafCheck(resolve, () => false, true)
    const tree = await checkGroupInfo(info, group, check, suite)
    const unverified = [...check.unverified]
    const { credential, signaturePublicKey } = publicPartOf(own).leafNode
    const self = addressOf(credential)
    const members = membersOf(tree)
    const former = members.find(self)?.leaf
    const isLink = readDetails(info.groupContext.extensions).links.some(({ id }) => id === keys.id)
    if (!isLink && former === undefined) throw new RefusedError('linkInvalid', 'an offer to a device that is no member')
    const change: GroupChange = { ...NO_CHANGE, add: [self], remove: former === undefined ? [] : [self] }
    const proof = isLink ? linkProof(keys, group, epoch, signaturePublicKey) : new Uint8Array()
    const authenticated = concatBytes(commitBinding(messageId, change), proof)
    const { body, next: library } = await makeExternalCommit({ info, tree, former }, own, authenticated, check, suite)
    const next = await beginEpoch(
      { group, suite: link.suite, seq: 0, left: [], elders: members.accounts },
      library,
      undefined,
    )
    const boxes = await boxesOf(next)
    return {
      request: {
        group,
        messageId,
        epoch,
        body: toBase64url(body),
        change,
        sendKey: next.sendKey.publicKey,
        via: keys.id,
        ...(boxes.length === 0 ? {} : { boxes }),
      },
      next,
      unverified,
    }
  })
}

/** What a link leads to. The group info has been checked as for joining, but for whose leaves the members’ are. */
export function previewLink(link: OpenedLink, self: DeviceAddress): Promise<LinkPreview | Refusal> {
  return refusing('linkInvalid', async () => {
    const info = await openBox(link.box, link.group, link.secret)
    const check = new LeafCheck(
      () => Promise.resolve(undefined),
      () => false,
      true,
    )
    const members = membersOf(await checkGroupInfo(info, link.group, check, await suiteOf(link.suite)))
    return {
      name: readDetails(info.groupContext.extensions).name,
      accounts: members.accounts.length,
      isMember: members.hasAccount(self.account),
    }
  })
}
