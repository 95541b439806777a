/** A group as one member device has it: what is kept, and what can be read from it. Values are never changed in place. */

import { sha256 } from '@noble/hashes/sha2.js'
import type { AuthenticationService } from 'ts-mls/authenticationService.js'
import type { ClientState } from 'ts-mls/clientState.js'
import type { RatchetTree } from 'ts-mls/ratchetTree.js'
import { toBase64url } from '#protocol/bytes.ts'
import { formerAfter } from '#protocol/groups/binding.ts'
import type { GroupDetails } from '#protocol/groups/details.ts'
import type { GroupSuite } from '#protocol/groups/entries.ts'
import type { GroupRole } from '#protocol/groups/roles.ts'
import type { DeviceAddress } from '#protocol/primitives.ts'
import { configWith } from './config.ts'
import { isVouchedFor } from './credential.ts'
import { readDetails, roleIn } from './details.ts'
import { History } from './history.ts'
import { type GroupMember, type MemberIndex, leafAt, membersOf } from './members.ts'
import { type SecretChunks, chunksOf, treeOf } from './secrets.ts'
import { type SendKey, sendKeyOf } from './send-key.ts'
import { suiteOf } from './suite.ts'

/** What changes with epochs only, but the tree. */
export type EpochCore = Pick<
  ClientState,
  'groupContext' | 'keySchedule' | 'privatePath' | 'signaturePrivateKey' | 'confirmationTag'
>

export interface GroupState {
  /** The group's id, base64url. */
  readonly group: string
  readonly suite: GroupSuite
  /** Position in the log: everything up to this seq is in the state. */
  readonly seq: number
  readonly core: EpochCore
  readonly tree: RatchetTree
  readonly secrets: SecretChunks
  readonly sendKey: SendKey
  readonly history: History
  /** How the latest epoch before this one ended in which there was a message (U-6); `undefined` while that is not known. */
  readonly former: Uint8Array | undefined
  /** Accounts that said in this group that they leave and are still members (U-8). */
  readonly left: readonly string[]
  /**
   * Members that were there when this device joined: it cannot know whether they said that they leave before it came, so
   * it lets any member remove them. Members that were there then judge it, and the relay does.
   */
  readonly elders: readonly string[]
  /** Own ephemeral messages of this epoch since the last own one for the log: others skip their keys with the next. */
  readonly ephemerals: number
}

/** How often the keys have changed. */
export function epochOf({ core }: GroupState): number {
  return Number(core.groupContext.epoch)
}

/** Member devices. */
export function membersIn({ tree }: GroupState): MemberIndex {
  return membersOf(tree)
}

/** This device. */
export function selfIn(state: GroupState): GroupMember {
  const own = membersIn(state).at(state.core.privatePath.leafIndex)
  if (own === undefined) throw new TypeError('a group state without its owner')
  return own
}

/** Whether the device with this key vouches for the leaf that it has in the group (U-2): for leaves that were reported. */
export async function isVouched(state: GroupState, address: DeviceAddress, deviceKey: Uint8Array): Promise<boolean> {
  const leaf = leafAt(state.tree, membersIn(state).find(address)?.leaf ?? -1)
  return leaf !== undefined && isVouchedFor(leaf.credential, leaf.signaturePublicKey, deviceKey)
}

/** Names a device's leaf in a group: another key of the same device is another leaf. */
export function leafName(state: GroupState, { account, device, leaf }: GroupMember): string {
  const key = leafAt(state.tree, leaf)?.signaturePublicKey ?? new Uint8Array(0)
  return `${account} ${device} ${toBase64url(sha256(key).subarray(0, 12))}`
}

const details = new WeakMap<object, GroupDetails>()

/** Name, roles, policy, links and timer. */
export function detailsOf({ core }: GroupState): GroupDetails {
  const known = details.get(core.groupContext)
  if (known !== undefined) return known
  const read = readDetails(core.groupContext.extensions)
  details.set(core.groupContext, read)
  return read
}

/** An account's role; `undefined` when it is no member. */
export function roleOf(state: GroupState, account: string): GroupRole | undefined {
  return membersIn(state).hasAccount(account) ? roleIn(detailsOf(state), account) : undefined
}

/** The same on every member of an epoch, and on nobody else (RFC 9420 section 8.7): for people to compare. */
export function epochAuthenticator({ core }: GroupState): string {
  return toBase64url(core.keySchedule.epochAuthenticator)
}

/** The same state after its owner read, at this position, that `account` leaves (U-8). */
export function withLeaver(state: GroupState, account: string): GroupState {
  if (state.left.includes(account) || !membersIn(state).hasAccount(account)) return state
  return { ...state, left: [...state.left, account] }
}

/** The library's form, for one step. */
export function libraryState({ core, tree, secrets }: GroupState, authService: AuthenticationService): ClientState {
  return {
    ...core,
    ratchetTree: tree,
    secretTree: treeOf(secrets),
    unappliedProposals: {},
    historicalReceiverData: new Map(),
    groupActiveState: { kind: 'active' },
    clientConfig: configWith(authService),
  }
}

/** What of an earlier state, or of nothing, goes on into an epoch. */
export interface Continued {
  readonly group: string
  readonly suite: GroupSuite
  readonly seq: number
  readonly left: readonly string[]
  readonly elders: readonly string[]
}

/** The former chain of the epoch after this one, which ends here. */
export function nextFormer({ history, former }: GroupState): Uint8Array | undefined {
  return formerAfter(history.end, former)
}

/**
 * Our form of an epoch that the library began. Nothing of the former epoch's keys is in it (U-9).
 *
 * @param former chain of the new epoch, from {@link nextFormer}; `undefined` for who comes in with it
 */
export async function beginEpoch(
  from: Continued,
  library: ClientState,
  former: Uint8Array | undefined,
): Promise<GroupState> {
  const { groupContext, keySchedule, signaturePrivateKey, confirmationTag, ratchetTree: tree } = library
  const members = membersOf(tree)
  return {
    group: from.group,
    suite: from.suite,
    seq: from.seq,
    core: { groupContext, keySchedule, signaturePrivateKey, confirmationTag, privatePath: ownPath(library) },
    tree,
    secrets: chunksOf(library.secretTree, (leaf) => members.at(leaf) !== undefined),
    sendKey: await sendKeyOf(keySchedule.exporterSecret, from.group, await suiteOf(from.suite)),
    history: History.start(from.group, Number(groupContext.epoch)),
    former,
    left: from.left.filter((account) => members.hasAccount(account)),
    elders: from.elders,
    ephemerals: 0,
  }
}

/** Private keys of nodes that are there. The library keeps those of nodes that were blanked. */
function ownPath({ privatePath, ratchetTree }: ClientState): ClientState['privatePath'] {
  const kept = Object.entries(privatePath.privateKeys).filter(([node]) => ratchetTree[Number(node)] !== undefined)
  return { ...privatePath, privateKeys: Object.fromEntries(kept) }
}
