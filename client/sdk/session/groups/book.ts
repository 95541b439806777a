/** The groups' records and states: read and written in drafts, decoded once and kept while nothing else wrote them. */

import type { GroupDetails } from '#protocol/groups/details.ts'
import type { PendingCommit } from '../../mls/pending.ts'
import type { GroupState } from '../../mls/group-state.ts'
import { conversationOf, putConversation } from '../conversations.ts'
import type { Core } from '../core.ts'
import type { Draft } from '../draft.ts'
import type { GroupStage } from '../events.ts'
import { GroupError } from './errors.ts'
import { loadMls } from './mls.ts'
import { type GroupRecord, groupKey, groupPartKey, groupPartRecord, groupProofsKey, groupRecord } from './records.ts'

/** Decoded states that are kept in memory. A large group's is some megabytes. */
const MAX_DECODED = 16
const PENDING = 'pending/'

const EMPTY: GroupRecord = { stage: 'joining', behind: true, parts: [], reported: 0, reportedAt: 0 }

export class GroupBook {
  readonly #core: Core
  /** As committed, the least recently used first. */
  readonly #decoded = new Map<string, GroupState>()

  constructor(core: Core) {
    this.#core = core
  }

  async record(draft: Draft, group: string): Promise<GroupRecord | undefined> {
    return draft.get(groupRecord, groupKey(group))
  }

  /** The record of a group, made where there is none. */
  async recordOrNew(draft: Draft, group: string): Promise<GroupRecord> {
    return (await this.record(draft, group)) ?? EMPTY
  }

  put(draft: Draft, group: string, record: GroupRecord): void {
    draft.put(groupRecord, groupKey(group), record)
  }

  /** The state of a group that this device is in; `undefined` where it has none. */
  async state(draft: Draft, group: string): Promise<GroupState | undefined> {
    const known = this.#decoded.get(group)
    if (known !== undefined) return known
    const record = await this.record(draft, group)
    if (record === undefined || record.parts.length === 0) return undefined
    const { readParts } = await loadMls()
    const state = readParts(await this.#readParts(draft, group, record.parts, ''))
    this.#keep(group, state)
    return state
  }

  /** The state of a group that can be written to. @throws GroupError */
  async joined(draft: Draft, group: string): Promise<{ record: GroupRecord; state: GroupState }> {
    const record = await this.record(draft, group)
    if (record === undefined) throw new GroupError('groupUnknown')
    const state = await this.state(draft, group)
    if (record.stage === 'broken') throw new GroupError('groupBroken')
    if (record.stage !== 'joined' || state === undefined) throw new GroupError('groupNotJoined')
    return { record, state }
  }

  /** @throws GroupError when nothing can be sent to a group. To one that lets this device in again, it can, later. */
  async requireWritable(draft: Draft, group: string): Promise<void> {
    const record = await this.record(draft, group)
    if (record === undefined) throw new GroupError('groupUnknown')
    if (record.stage === 'broken') throw new GroupError('groupBroken')
    if (record.stage !== 'joined' && record.stage !== 'rejoining') throw new GroupError('groupNotJoined')
  }

  /** Replaces the state: what is the same as in `before` is not written again. Answers the record, which is put. */
  async save(
    draft: Draft,
    group: string,
    record: GroupRecord,
    before: GroupState | undefined,
    after: GroupState,
  ): Promise<GroupRecord> {
    const { changedParts, epochOf, writeParts } = await loadMls()
    const { put, remove } =
      before === undefined ? { put: writeParts(after), remove: record.parts } : changedParts(before, after)
    for (const name of remove) draft.delete(groupPartKey(group, name))
    for (const [name, text] of Object.entries(put)) draft.put(groupPartRecord, groupPartKey(group, name), text)
    const gone = new Set(remove)
    const names = new Set([...record.parts.filter((name) => !gone.has(name)), ...Object.keys(put)])
    const epoch = Math.max(record.epoch ?? 0, epochOf(after))
    const next = { ...record, parts: [...names], suite: after.suite, epoch }
    this.put(draft, group, next)
    draft.announce(() => this.#keep(group, after))
    return next
  }

  /** Deletes the state: this device is no member any more. */
  drop(draft: Draft, group: string, record: GroupRecord): GroupRecord {
    for (const name of record.parts) draft.delete(groupPartKey(group, name))
    draft.delete(groupProofsKey(group))
    const next = { ...this.dropPending(draft, group, record), parts: [] }
    this.put(draft, group, next)
    draft.announce(() => this.#decoded.delete(group))
    return next
  }

  async pending(draft: Draft, group: string, record: GroupRecord): Promise<PendingCommit | undefined> {
    if (record.pending === undefined) return undefined
    const { readParts } = await loadMls()
    const { request, parts } = record.pending
    return { request, next: readParts(await this.#readParts(draft, group, parts, PENDING)) }
  }

  async savePending(draft: Draft, group: string, record: GroupRecord, pending: PendingCommit): Promise<GroupRecord> {
    const { writeParts } = await loadMls()
    const cleared = this.dropPending(draft, group, record)
    const parts = writeParts(pending.next)
    for (const [name, text] of Object.entries(parts)) {
      draft.put(groupPartRecord, groupPartKey(group, PENDING + name), text)
    }
    const next = { ...cleared, pending: { request: pending.request, parts: Object.keys(parts) } }
    this.put(draft, group, next)
    return next
  }

  dropPending(draft: Draft, group: string, record: GroupRecord): GroupRecord {
    const { pending, ...kept } = record
    for (const name of pending?.parts ?? []) draft.delete(groupPartKey(group, PENDING + name))
    if (pending !== undefined) this.put(draft, group, kept)
    return kept
  }

  /** What the list of conversations shows of a group. */
  async summarise(draft: Draft, group: string, stage: GroupStage, state: GroupState | undefined): Promise<void> {
    const { account } = this.#core.requireAccount()
    const conversation = await conversationOf(draft, group)
    const former = conversation.group ?? { members: 0, role: 'member' as const, stage, mentions: 0 }
    const { detailsOf, membersIn, roleOf } = await loadMls()
    const now =
      state === undefined
        ? { ...former, stage }
        : { ...former, stage, members: membersIn(state).accounts.length, role: roleOf(state, account) ?? 'member' }
    const { timer: _, ...kept } = conversation
    const known =
      state === undefined ? conversation : { ...kept, name: detailsOf(state).name, ...timerIn(detailsOf(state)) }
    putConversation(this.#core, draft, group, { ...known, group: now })
    draft.announceOnce(`group:${group}`, () => this.#core.events.emit('group', { group }))
  }

  /** Forgets what is decoded: a step failed, and storage says what is true. */
  forget(group: string): void {
    this.#decoded.delete(group)
  }

  async #readParts(draft: Draft, group: string, names: readonly string[], prefix: string) {
    const keys = names.map((name) => groupPartKey(group, prefix + name))
    await draft.prefetch(keys)
    const texts = await Promise.all(keys.map((key) => draft.get(groupPartRecord, key)))
    return Object.fromEntries(names.map((name, at) => [name, texts[at] ?? '']))
  }

  #keep(group: string, state: GroupState): void {
    this.#decoded.delete(group)
    this.#decoded.set(group, state)
    const [oldest] = this.#decoded.keys()
    if (this.#decoded.size > MAX_DECODED && oldest !== undefined) this.#decoded.delete(oldest)
  }
}

/** What is written from now on says this timer; while the group's state is lost, the one that was known last. */
function timerIn({ timer }: GroupDetails): { timer?: number } {
  return timer === undefined ? {} : { timer }
}
