/** Changing a group: what somebody wants, as a commit, and anew when another commit won the epoch. */

import type { Proposal } from 'ts-mls/proposal.js'
import { toBase64url } from '#protocol/bytes.ts'
import { commitBinding } from '#protocol/groups/binding.ts'
import { checkChange } from '#protocol/groups/change.ts'
import type { GroupDetails } from '#protocol/groups/details.ts'
import type { GroupPolicy, GroupRole } from '#protocol/groups/roles.ts'
import { LIMITS } from '#protocol/limits.ts'
import type { DeviceAddress } from '#protocol/primitives.ts'
import { boxesOf } from './box.ts'
import { changeBetween, membershipOf } from './change-of.ts'
import { extensionsFor } from './details.ts'
import {
  type GroupState,
  beginEpoch,
  detailsOf,
  epochOf,
  libraryState,
  membersIn,
  nextFormer,
  selfIn,
} from './group-state.ts'
import type { ForeignKeyPackage } from './key-package.ts'
import { nameOf } from './members.ts'
import type { PendingCommit } from './pending.ts'
import { type Refusal, RefusedError, refusing } from './refusal.ts'
import { suiteOf } from './suite.ts'
import { makeCommit } from './update.ts'

/** What somebody wants of a group, in terms that outlive an epoch. Nothing at all changes the keys alone. */
export interface Intent {
  /** Packages that `readKeyPackage` verified. At most `LIMITS.groupDevicesPerCommit`, as of `remove`. */
  readonly add?: readonly ForeignKeyPackage[]
  readonly remove?: readonly DeviceAddress[]
  readonly roles?: readonly { readonly account: string; readonly role: GroupRole }[]
  readonly name?: string
  /** Seconds; `null`: none any more. */
  readonly timer?: number | null
  readonly slowMode?: number | null
  /** Messages that joiners are shown; `null`: none any more. */
  readonly history?: number | null
  readonly policy?: GroupPolicy
  /** All links from now on. */
  readonly links?: GroupDetails['links']
}

/**
 * Makes a commit. Nothing changes until it stands in the log: see `PendingCommit`.
 *
 * @param messageId drawn by the caller; a new one for each commit
 */
export function commit(state: GroupState, intent: Intent, messageId: string): Promise<PendingCommit | Refusal> {
  return refusing('commitInvalid', async () => {
    const { add = [], remove = [] } = intent
    const details = detailsAfter(state, intent)
    const added = add.map(({ address }) => address)
    const change = changeBetween(state, details, added, remove)
    check(state, intent, checkChange(membershipOf(state, false), selfIn(state).account, change))
    const suite = await suiteOf(state.suite)
    const made = await makeCommit(
      // Packages were checked as they came, and the other leaves as they joined.
      libraryState(state, { validateCredential: () => Promise.resolve(true) }),
      proposalsFor(state, details, intent),
      commitBinding(messageId, change),
      suite,
    )
    const next = await beginEpoch(state, made.next, nextFormer(state))
    const boxes = await boxesOf(next)
    return {
      request: {
        group: state.group,
        messageId,
        epoch: epochOf(state),
        body: toBase64url(made.body),
        change,
        sendKey: next.sendKey.publicKey,
        ...(made.welcome === undefined ? {} : { welcome: toBase64url(made.welcome) }),
        ...(boxes.length === 0 ? {} : { boxes }),
      },
      next,
    }
  })
}

function check(state: GroupState, { add = [], remove = [] }: Intent, code: string | undefined): void {
  if (code !== undefined) throw new RefusedError('notAllowed', code)
  if (add.length > LIMITS.groupDevicesPerCommit || remove.length > LIMITS.groupDevicesPerCommit) {
    throw new RefusedError('notAllowed', 'too many devices for one commit')
  }
  if (add.some(({ address }) => state.left.includes(address.account))) {
    throw new RefusedError('notAllowed', 'an account that left is removed, with its role, before it is added again')
  }
  const self = nameOf(selfIn(state))
  if (remove.some((address) => nameOf(address) === self)) {
    throw new RefusedError('notAllowed', 'nobody removes itself by a commit (RFC 9420 section 12.2)')
  }
}

function detailsAfter(state: GroupState, intent: Intent): GroupDetails {
  const before = detailsOf(state)
  const { timer = before.timer ?? null, slowMode = before.slowMode ?? null, name, policy, links } = intent
  const { history = before.history ?? null } = intent
  const gone = new Set((intent.remove ?? []).map(nameOf))
  const staying = new Set([
    ...membersIn(state)
      .list.filter((member) => !gone.has(nameOf(member)))
      .map(({ account }) => account),
    ...(intent.add ?? []).map(({ address }) => address.account),
  ])
  const roles = new Map(before.roles.map(({ account, role }) => [account, role]))
  for (const { account, role } of intent.roles ?? []) roles.set(account, role)
  return {
    name: name ?? before.name,
    roles: [...roles]
      .filter(([account, role]) => role !== 'member' && staying.has(account))
      .map(([account, role]) => ({ account, role })),
    policy: policy ?? before.policy,
    links: links ?? before.links,
    ...(timer === null ? {} : { timer }),
    ...(slowMode === null ? {} : { slowMode }),
    ...(history === null ? {} : { history }),
  }
}

function proposalsFor(state: GroupState, details: GroupDetails, { add = [], remove = [] }: Intent): Proposal[] {
  const members = membersIn(state)
  const proposals: Proposal[] = []
  for (const address of remove) {
    const removed = members.find(address)?.leaf
    if (removed !== undefined) proposals.push({ proposalType: 'remove', remove: { removed } })
  }
  for (const { keyPackage } of add) proposals.push({ proposalType: 'add', add: { keyPackage } })
  const extensions = extensionsFor(details)
  const [present, wanted] = [extensionsFor(detailsOf(state)), extensions].map((list) =>
    toBase64url(list[1]?.extensionData ?? new Uint8Array()),
  )
  if (present !== wanted) {
    proposals.push({ proposalType: 'group_context_extensions', groupContextExtensions: { extensions } })
  }
  return proposals
}

/** What is left of an intent after another commit won: devices that are there, or gone, by now are left out. */
export function rebase(state: GroupState, intent: Intent): Intent {
  const members = membersIn(state)
  const { add = [], remove = [], roles = [] } = intent
  const remaining = remove.filter((address) => members.find(address) !== undefined)
  const removed = new Set(remaining.map(nameOf))
  const adding = add.filter(({ address }) => members.find(address) === undefined || removed.has(nameOf(address)))
  const joining = new Set(adding.map(({ address }) => address.account))
  return {
    ...intent,
    add: adding,
    remove: remaining,
    roles: roles.filter(({ account }) => members.hasAccount(account) || joining.has(account)),
  }
}
