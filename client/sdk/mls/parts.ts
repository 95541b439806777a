/**
 * A group's state as text records. What rarely changes stands apart from what each message changes, so that a message
 * rewrites some kilobytes, also in a group whose tree has megabytes.
 */

import { decodeGroupStateWithoutTree, encodeGroupStateWithoutTree } from 'ts-mls/clientState.js'
import { decodeRatchetTree, encodeRatchetTree } from 'ts-mls/ratchetTree.js'
import * as v from 'valibot'
import { fromBase64url, toBase64url } from '#protocol/bytes.ts'
import { GROUP_SUITES } from '#protocol/groups/entries.ts'
import type { GroupState } from './group-state.ts'
import { History } from './history.ts'
import { readChunk, writeChunk } from './secrets.ts'

/** Records by name: `epoch`, `tree`, `elders`, `position`, `secrets/<n>`, `history/<n>`. All hold secrets, or tell members. */
export type GroupParts = Readonly<Record<string, string>>

const Epoch = v.object({
  format: v.literal(1),
  group: v.string(),
  suite: v.picklist(GROUP_SUITES),
  mls: v.string(),
  sendSeed: v.string(),
  sendKey: v.string(),
})
const Position = v.object({
  seq: v.number(),
  left: v.array(v.string()),
  /** Absent in records of builds that sent none. */
  ephemerals: v.optional(v.number(), 0),
  former: v.optional(v.string()),
})
const Accounts = v.array(v.string())

/** A record's value that is made only when it is needed, and what tells whether it is the same as before. */
interface Part {
  readonly source: unknown
  write(): string
}

function partsOf(state: GroupState): Map<string, Part> {
  const parts = new Map<string, Part>([
    ['epoch', { source: state.core, write: () => writeEpoch(state) }],
    ['tree', { source: state.tree, write: () => toBase64url(encodeRatchetTree(state.tree)) }],
    ['elders', { source: state.elders, write: () => JSON.stringify(state.elders) }],
    [
      'position',
      {
        // The former chain changes with a seq.
        source: `${state.seq} ${state.left.length} ${state.ephemerals}`,
        write: () => writePosition(state),
      },
    ],
  ])
  for (const [number, chunk] of state.secrets.entries()) {
    parts.set(`secrets/${number}`, { source: chunk, write: () => toBase64url(writeChunk(chunk)) })
  }
  for (const [number, block] of state.history.blocks) {
    parts.set(`history/${number}`, { source: block, write: () => toBase64url(block) })
  }
  return parts
}

function writePosition({ seq, left, ephemerals, former }: GroupState): string {
  return JSON.stringify({ seq, left, ephemerals, ...(former === undefined ? {} : { former: toBase64url(former) }) })
}

function writeEpoch({ group, suite, core, sendKey }: GroupState): string {
  const mls = encodeGroupStateWithoutTree({
    ...core,
    ratchetTree: [],
    secretTree: [],
    unappliedProposals: {},
    historicalReceiverData: new Map(),
    groupActiveState: { kind: 'active' },
  })
  return JSON.stringify({
    format: 1,
    group,
    suite,
    mls: toBase64url(mls),
    sendSeed: toBase64url(sendKey.seed),
    sendKey: sendKey.publicKey,
  } satisfies v.InferInput<typeof Epoch>)
}

/** All records of a state. */
export function writeParts(state: GroupState): GroupParts {
  return Object.fromEntries([...partsOf(state)].map(([name, part]) => [name, part.write()]))
}

/**
 * What to write and what to delete, in one transaction, so that the records of `before` become those of `after`. Both
 * states are those that steps answered, since what is the same object is taken to be written already.
 */
export function changedParts(
  before: GroupState,
  after: GroupState,
): { readonly put: GroupParts; readonly remove: readonly string[] } {
  const [old, present] = [partsOf(before), partsOf(after)]
  const changed = [...present].filter(([name, { source }]) => old.get(name)?.source !== source)
  return {
    put: Object.fromEntries(changed.map(([name, part]) => [name, part.write()])),
    remove: [...old.keys()].filter((name) => !present.has(name)),
  }
}

/** The state of these records. Throws when they are not what {@link writeParts} made. */
export function readParts(parts: GroupParts): GroupState {
  const text = (name: string): string => {
    const part = parts[name]
    if (part === undefined) throw new TypeError(`a group’s record ${name} is missing`)
    return part
  }
  const epoch = v.parse(Epoch, JSON.parse(text('epoch')))
  const { seq, left, ephemerals, former } = v.parse(Position, JSON.parse(text('position')))
  const [tree] = decodeRatchetTree(fromBase64url(text('tree')), 0) ?? []
  const [mls] = decodeGroupStateWithoutTree(tree ?? [])(fromBase64url(epoch.mls), 0) ?? []
  if (tree === undefined || mls === undefined) throw new TypeError('a group’s records are damaged')
  const { groupContext, keySchedule, privatePath, signaturePrivateKey, confirmationTag } = mls
  const secrets = numbered(parts, 'secrets/').map(([, value]) => readChunk(fromBase64url(value)))
  const blocks = numbered(parts, 'history/').map(([number, value]) => [number, fromBase64url(value)] as const)
  return {
    group: epoch.group,
    suite: epoch.suite,
    seq,
    left,
    ephemerals,
    elders: v.parse(Accounts, JSON.parse(text('elders'))),
    core: { groupContext, keySchedule, privatePath, signaturePrivateKey, confirmationTag },
    tree,
    secrets,
    sendKey: { seed: fromBase64url(epoch.sendSeed), publicKey: epoch.sendKey },
    history: new History(new Map(blocks)),
    former: former === undefined ? undefined : fromBase64url(former),
  }
}

function numbered(parts: GroupParts, prefix: string): [number, string][] {
  return Object.entries(parts)
    .filter(([name]) => name.startsWith(prefix))
    .map(([name, value]): [number, string] => [Number(name.slice(prefix.length)), value])
    .sort(([a], [b]) => a - b)
}
