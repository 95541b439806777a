/**
 * Follows groups' logs. Entries that were pushed, or fetched, are taken in order, each page in one transaction with the
 * group's state: whatever cannot be read is put aside, and what members must not accept stops the group.
 */

import * as v from 'valibot'
import { isAnnotation } from '#protocol/content/annotation.ts'
import { decodePlaintext } from '#protocol/content/codec.ts'
import { KnownContent } from '#protocol/content/content.ts'
import type { CommitEntry, GroupEntry, MessageEntry } from '#protocol/groups/entries.ts'
import type { DeviceResolver } from '../../mls/credential.ts'
import type { GroupState } from '../../mls/group-state.ts'
import type { PendingCommit } from '../../mls/pending.ts'
import type { Core } from '../core.ts'
import type { Draft } from '../draft.ts'
import type { GroupEvent } from '../events.ts'
import type { GroupBook } from './book.ts'
import { applyGroupContent } from './content.ts'
import type { DeviceKeys } from './device-keys.ts'
import { type Seen, addEvents, bringsItself, eventsOf, placeOf } from './group-events.ts'
import type { Gossip } from '../key-log/gossip.ts'
import type { Greeter } from './greeter.ts'
import { type MlsLayer, loadMls } from './mls.ts'
import type { GroupOutbox } from './outbox.ts'
import type { GroupRecord } from './records.ts'

/** Entries in one transaction. */
const PAGE = 64

/** A group while a page of its log is read. */
interface Reading {
  readonly group: string
  readonly before: GroupState
  state: GroupState
  record: GroupRecord
  pending: PendingCommit | undefined
  /** Whether members, roles or details may be others than before. */
  isChanged: boolean
  /** Set when nothing that follows can be read. */
  end: 'removed' | 'broken' | undefined
}

export class GroupReader {
  readonly #core: Core
  readonly #book: GroupBook
  readonly #keys: DeviceKeys
  readonly #outbox: GroupOutbox
  readonly #greeter: Greeter
  readonly #gossip: Gossip

  constructor(
    core: Core,
    parts: { book: GroupBook; keys: DeviceKeys; outbox: GroupOutbox; greeter: Greeter; gossip: Gossip },
  ) {
    this.#core = core
    this.#book = parts.book
    this.#keys = parts.keys
    this.#outbox = parts.outbox
    this.#greeter = parts.greeter
    this.#gossip = parts.gossip
  }

  /**
   * Takes entries that follow one another.
   *
   * @returns the highest seq that this device has now; `undefined` when it is not in the group. Lower than the first entry's
   *   predecessor when something is missing before: fetch it
   */
  async take(group: string, entries: readonly GroupEntry[]): Promise<number | undefined> {
    let upTo: number | undefined
    for (let at = 0; at < entries.length || at === 0; at += PAGE) {
      upTo = await this.#takePage(group, entries.slice(at, at + PAGE))
    }
    return upTo
  }

  async #takePage(group: string, entries: readonly GroupEntry[]): Promise<number | undefined> {
    const mls = await loadMls()
    try {
      return await this.#keys.transact(async (draft, resolver) => {
        const record = await this.#book.record(draft, group)
        const before = await this.#book.state(draft, group)
        if (record?.stage !== 'joined' || before === undefined) return undefined
        const pending = await this.#book.pending(draft, group, record)
        const reading: Reading = { group, before, state: before, record, pending, isChanged: false, end: undefined }
        for (const entry of entries) {
          if (reading.end !== undefined) break
          if (entry.seq <= reading.state.seq) continue
          if (entry.seq > reading.state.seq + 1) break
          await (entry.kind === 'commit'
            ? this.#commit(mls, draft, reading, entry, resolver(entry.at))
            : this.#message(mls, draft, reading, entry))
        }
        await this.#keep(draft, reading)
        return reading.state.seq
      })
    } catch (error) {
      this.#book.forget(group)
      throw error
    }
  }

  async #commit(
    { adopt, apply, detailsOf, isRefusal, membersIn }: MlsLayer,
    draft: Draft,
    reading: Reading,
    entry: CommitEntry,
    resolve: DeviceResolver,
  ): Promise<void> {
    const { state, pending } = reading
    const isOwn = pending?.request.messageId === entry.messageId
    const applied = isOwn && pending !== undefined ? adopt(state, pending, entry) : await apply(state, entry, resolve)
    if (isRefusal(applied)) return this.#broke(draft, reading, entry, `${applied.refused}: ${applied.reason}`)
    // The own commit took effect, or another one won its epoch.
    reading.pending = undefined
    reading.isChanged = true
    if (applied.kind === 'removed') {
      const own = this.#core.requireAccount()
      const isSelf = applied.by.account === own.account
      const events: GroupEvent[] = isSelf ? [] : [{ event: 'removed', by: applied.by.account, accounts: [own.account] }]
      await addEvents(this.#core, draft, reading.group, events, { ...placeOf(entry), by: applied.by })
      reading.end = 'removed'
      return
    }
    const seen = (of: GroupState): Seen => ({
      accounts: new Set(membersIn(of).accounts),
      details: detailsOf(of),
      left: of.left,
    })
    const events = eventsOf(applied, seen(state), seen(applied.state))
    await addEvents(this.#core, draft, reading.group, events, { ...placeOf(entry), by: applied.by })
    if (bringsItself(applied)) draft.announce(() => this.#greeter.came(reading.group))
    reading.state = applied.state
  }

  async #message(mls: MlsLayer, draft: Draft, reading: Reading, entry: MessageEntry): Promise<void> {
    const { decrypt, epochOf, isRefusal, pass } = mls
    const { group } = reading
    const sent = this.#outbox.find(group, entry.messageId)
    if (sent?.item.sealed?.body === entry.body) {
      const passed = pass(reading.state, entry)
      if (isRefusal(passed)) return this.#broke(draft, reading, entry, `${passed.refused}: ${passed.reason}`)
      reading.state = passed
      await this.#outbox.settled(draft, group, sent, entry.at)
      // Where others decide by roles and order whether it counts, it counts here by the same.
      const own = v.safeParse(KnownContent, sent.item.content)
      if (!own.success || !isAnnotation(own.output)) return
      const { account, device } = this.#core.requireAccount()
      await applyGroupContent(this.#core, draft, passed, { account, device }, entry, own.output)
      return
    }
    const read = await decrypt(reading.state, entry)
    if (isRefusal(read)) return this.#broke(draft, reading, entry, `${read.refused}: ${read.reason}`)
    reading.state = read.state
    const { message } = read
    const self = { account: this.#core.requireAccount().account, device: this.#core.requireAccount().device }
    if (isRefusal(message)) {
      const place = { messageId: entry.messageId, at: entry.at, by: self }
      return addEvents(this.#core, draft, group, [{ event: 'missed' }], place)
    }
    const epoch = epochOf(reading.state)
    if (message.seen === 'forked' && reading.record.forkedIn !== epoch) {
      reading.record = { ...reading.record, forkedIn: epoch }
      const events: GroupEvent[] = [{ event: 'historyForked', by: message.from.account }]
      await addEvents(this.#core, draft, group, events, { at: entry.at, by: message.from })
    }
    const said = decodePlaintext(message.content)
    if (said === undefined) return
    const { content, head } = said
    if (head !== undefined) await this.#gossip.hear(draft, message.from.account, group, head)
    if (content.kind === 'groupProfiles') draft.announce(() => this.#greeter.told(group))
    const left = reading.state.left
    reading.state = await applyGroupContent(this.#core, draft, reading.state, message.from, entry, content)
    reading.isChanged ||= reading.state.left !== left
  }

  /** U-4: nothing of this entry takes effect, nothing follows, and the user is told. */
  async #broke(draft: Draft, reading: Reading, entry: GroupEntry, reason: string): Promise<void> {
    reading.end = 'broken'
    reading.isChanged = true
    const { account, device } = this.#core.requireAccount()
    const place = { messageId: entry.messageId, at: entry.at, by: { account, device } }
    await addEvents(this.#core, draft, reading.group, [{ event: 'broken', reason }], place)
  }

  async #keep(draft: Draft, { group, before, state, record, pending, isChanged, end }: Reading): Promise<void> {
    if (state === before && end === undefined && record.pending === undefined) return
    let kept = record
    if (pending === undefined) kept = this.#book.dropPending(draft, group, kept)
    if (state !== before) kept = await this.#book.save(draft, group, kept, before, state)
    if (end !== undefined) {
      kept = end === 'removed' ? this.#book.drop(draft, group, kept) : kept
      this.#book.put(draft, group, { ...kept, stage: end })
      await this.#outbox.failAll(draft, group)
    }
    if (isChanged) await this.#book.summarise(draft, group, end ?? kept.stage, end === 'removed' ? undefined : state)
  }
}
