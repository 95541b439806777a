/** Keeps up with groups' logs: what is pushed, what is told of, and what was missed. */

import type { GroupEntries, GroupNews } from '#protocol/frames/group.ts'
import type { UpFrame } from '#protocol/frames/up.ts'
import { fetchGroup } from '#protocol/http/groups.ts'
import { LIMITS } from '#protocol/limits.ts'
import { RelayError } from '../../transport/errors.ts'
import type { Auth } from '../auth.ts'
import { isStoreGone, type Core } from '../core.ts'
import type { GroupStage } from '../events.ts'
import { parseRecord } from '../records.ts'
import type { GroupBook } from './book.ts'
import { GroupError } from './errors.ts'
import type { GroupJoiner } from './joiner.ts'
import type { GroupReader } from './reader.ts'
import { type GroupRecord, groupKey, groupRecord } from './records.ts'

/** Acknowledgements wait this long for more. */
const ACK_AFTER_MS = 2_000
/** A position is reported to the group once in so many entries, or once a day (SPEC, T-12). */
const REPORT_EVERY = 256
const REPORT_AFTER_MS = 24 * 60 * 60_000
/** Groups whose logs are fetched at once. */
const FETCH_AT_ONCE = 4

/** What a relay answers to who is no member, or to anybody when there is no such group. */
const EXCLUDED: ReadonlySet<string> = new Set(['notMember', 'groupNotFound'])

export interface FollowerHooks {
  /** This device is in a group since now. */
  entered(group: string): void
  /** The group's state was lost, or a part of its log is gone. */
  lost(group: string): void
  /** The log was read up to its end. */
  caughtUp(group: string): void
}

/** Whether a device without a state may come in by a welcome: a new one, or one that was removed, or left, before. */
function mayEnter({ stage, seq }: { readonly stage: GroupStage; readonly seq: number }): boolean {
  return stage === 'joining' || ((stage === 'removed' || stage === 'left') && seq === 0)
}

export class LogFollower {
  readonly #core: Core
  readonly #auth: Auth
  readonly #book: GroupBook
  readonly #reader: GroupReader
  readonly #joiner: GroupJoiner
  readonly #send: (frame: UpFrame) => boolean
  readonly #hooks: FollowerHooks
  /** One reading of a group's log after the other. */
  readonly #turns = new Map<string, Promise<void>>()
  /** Positions to acknowledge. */
  readonly #acks = new Map<string, { upTo: number; report: boolean }>()
  #ackTimer: unknown
  #isOnline = false

  constructor(
    core: Core,
    parts: {
      auth: Auth
      book: GroupBook
      reader: GroupReader
      joiner: GroupJoiner
      send: (frame: UpFrame) => boolean
      hooks: FollowerHooks
    },
  ) {
    this.#core = core
    this.#auth = parts.auth
    this.#book = parts.book
    this.#reader = parts.reader
    this.#joiner = parts.joiner
    this.#send = parts.send
    this.#hooks = parts.hooks
  }

  /** Fetches what former connections left to be fetched. */
  async connected(): Promise<void> {
    this.#isOnline = true
    const behind = await this.#groups(({ behind: isBehind }) => isBehind)
    await this.#catchUpAll(behind)
  }

  disconnected(): void {
    this.#isOnline = false
    this.#core.platform.timers.clear(this.#ackTimer)
    this.#ackTimer = undefined
    this.#acks.clear()
  }

  /** Takes what was pushed; fetches where something is missing before it. */
  async pushed({ group, items }: GroupEntries): Promise<void> {
    await this.#inTurn(group, async () => {
      const [first] = items
      const upTo = await this.#reader.take(group, items)
      if (upTo === undefined || (first !== undefined && upTo < first.seq - 1)) return this.#fetch(group)
      await this.#read(group, upTo)
    })
  }

  /** Notes durably that there is news, says so, and fetches it. */
  async news({ groups, all }: GroupNews): Promise<void> {
    const told = new Set([...groups, ...(all === true ? await this.#groups(({ stage }) => stage === 'joined') : [])])
    await this.#core.transact(async (draft) => {
      for (const group of told) {
        const record = await this.#book.recordOrNew(draft, group)
        this.#book.put(draft, group, { ...record, behind: true })
      }
    })
    for (let at = 0; at < groups.length; at += LIMITS.groupAcksPerFrame) {
      this.#send({ type: 'groupAck', cursors: [], news: groups.slice(at, at + LIMITS.groupAcksPerFrame) })
    }
    await this.#catchUpAll([...told])
  }

  /** Reads a group's log up to its end. @throws RelayError, OfflineError */
  catchUp(group: string): Promise<void> {
    return this.#inTurn(group, () => this.#fetch(group))
  }

  /** Does something while the group's log is not read: joining, which the relay tells this device of before it is done. */
  exclusively(group: string, task: () => Promise<void>): Promise<void> {
    return this.#inTurn(group, task)
  }

  async #catchUpAll(groups: readonly string[]): Promise<void> {
    const waiting = [...groups]
    const work = async () => {
      for (let group = waiting.pop(); group !== undefined; group = waiting.pop()) {
        // What fails stays noted as behind; the next connection tries again.
        await this.catchUp(group).catch((error: unknown) => {
          if (isStoreGone(error)) throw error
        })
      }
    }
    await Promise.all(Array.from({ length: FETCH_AT_ONCE }, work))
  }

  async #fetch(group: string): Promise<void> {
    for (;;) {
      const position = await this.#core.transact(async (draft) => {
        const record = await this.#book.record(draft, group)
        const state = await this.#book.state(draft, group)
        return record === undefined ? undefined : { stage: record.stage, seq: state?.seq ?? 0 }
      })
      // One that was removed by the relay's word alone has its state, and is in again when the relay says so.
      const isReadable = position?.stage === 'joined' || (position?.stage === 'removed' && position.seq > 0)
      if (position === undefined || (!isReadable && !mayEnter(position))) return
      let page: Awaited<ReturnType<typeof this.page>>
      try {
        page = await this.page(group, position.seq)
      } catch (error) {
        if (!(error instanceof RelayError) || !EXCLUDED.has(error.code)) throw error
        return this.#excluded(group)
      }
      if (mayEnter(position)) {
        if (page.welcome !== undefined && (await this.#join(group, page.suite, page.welcome))) continue
        return position.stage === 'joining' ? this.#hooks.lost(group) : this.#reachedEnd(group)
      }
      if (position.stage === 'removed') await this.#readmitted(group)
      if (page.truncatedUpTo !== undefined && page.truncatedUpTo > position.seq) return this.#hooks.lost(group)
      const upTo = await this.#reader.take(group, page.entries)
      if (upTo === undefined) return
      await this.#read(group, upTo)
      if (upTo >= page.head || page.entries.length === 0) {
        await this.#reachedEnd(group)
        return this.#hooks.caughtUp(group)
      }
      // Nothing of the page could be taken: it does not follow what is known.
      if (upTo === position.seq) throw new GroupError('groupBroken', 'The log has a hole.')
    }
  }

  page(group: string, after: number) {
    return this.#auth.call(fetchGroup, { group, after })
  }

  async #join(...[group, suite, welcome]: Parameters<GroupJoiner['byWelcome']>): Promise<boolean> {
    const isIn = await this.#joiner.byWelcome(group, suite, welcome)
    if (isIn) this.#hooks.entered(group)
    return isIn
  }

  /**
   * The relay says that this device is no member: it was removed and the log of it is gone, or the group is. That is its word
   * alone, which no member vouches for: nothing can be sent, and the state is kept in case that it was not true.
   */
  async #excluded(group: string): Promise<void> {
    await this.#core.transact(async (draft) => {
      const record = await this.#book.record(draft, group)
      if (record === undefined) return
      if (record.stage === 'joining') return draft.delete(groupKey(group))
      if (record.stage === 'left') return this.#book.put(draft, group, { ...record, behind: false })
      this.#book.put(draft, group, { ...record, stage: 'removed', behind: false })
      return this.#book.summarise(draft, group, 'removed', undefined)
    })
  }

  /** The relay had said that this device is no member, and lets it read now. */
  async #readmitted(group: string): Promise<void> {
    await this.#core.transact(async (draft) => {
      const record = await this.#book.record(draft, group)
      if (record?.stage !== 'removed') return
      this.#book.put(draft, group, { ...record, stage: 'joined' })
      await this.#book.summarise(draft, group, 'joined', await this.#book.state(draft, group))
    })
  }

  async #reachedEnd(group: string): Promise<void> {
    await this.#core.transact(async (draft) => {
      const record = await this.#book.record(draft, group)
      if (record?.behind === true) this.#book.put(draft, group, { ...record, behind: false })
    })
  }

  /** This device has the log up to there, durably. */
  async #read(group: string, upTo: number): Promise<void> {
    const report = await this.#core.transact(async (draft) => {
      const record = await this.#book.record(draft, group)
      if (record === undefined) return false
      const isDue = upTo - record.reported >= REPORT_EVERY || this.#core.now() - record.reportedAt >= REPORT_AFTER_MS
      if (!isDue || upTo === record.reported) return false
      this.#book.put(draft, group, { ...record, reported: upTo, reportedAt: this.#core.now() })
      return true
    })
    this.#acks.set(group, { upTo, report: report || this.#acks.get(group)?.report === true })
    if (!this.#isOnline || this.#ackTimer !== undefined) return
    this.#ackTimer = this.#core.platform.timers.set(() => this.#acknowledge(), ACK_AFTER_MS)
  }

  #acknowledge(): void {
    this.#ackTimer = undefined
    const acks = Array.from(this.#acks, ([group, { upTo, report }]) =>
      report ? { group, upTo, report } : { group, upTo },
    )
    this.#acks.clear()
    for (let at = 0; at < acks.length; at += LIMITS.groupAcksPerFrame) {
      this.#send({ type: 'groupAck', cursors: acks.slice(at, at + LIMITS.groupAcksPerFrame) })
    }
  }

  async #groups(isWanted: (record: GroupRecord) => boolean): Promise<string[]> {
    const all = await this.#core.store.all('group')
    return all.filter(({ value }) => isWanted(parseRecord(groupRecord, value))).map(({ partition }) => partition)
  }

  #inTurn(group: string, task: () => Promise<void>): Promise<void> {
    const turn = (this.#turns.get(group) ?? Promise.resolve()).catch(() => undefined).then(task)
    this.#turns.set(group, turn)
    const forget = () => {
      if (this.#turns.get(group) === turn) this.#turns.delete(group)
    }
    void turn.then(forget, forget)
    return turn
  }
}
