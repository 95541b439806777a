/**
 * Brings the log to the members: to connected ones as it grows, to the others as news. Small groups are pushed account by
 * account, large ones through intermediate objects, each of which has some of the accounts.
 */

import type { GroupEntry } from '#protocol/groups/entries.ts'
import { RELAY_LIMITS } from '#protocol/relay-limits.ts'
import type { Group } from './group.ts'
import { Lanes, type Load } from './lanes.ts'
import type { Owed } from './owed.ts'
import type { FanOutOutcome, FanOutTarget, ShardOutcome } from './rpc.ts'

/**
 * Accounts that one object calls itself. An invocation may make 1,000 calls (Workers limits), and one that makes more than
 * some hundred holds its object's thread for as long as serialising them takes.
 */
const ACCOUNTS_PER_SHARD = 100
/** How the names of lanes begin that lead to intermediate objects; their numbers follow. */
const SHARD = 'shard '
/** An intermediate object waits so long for a few accounts that are slower than the others. Then they get a lane of their own. */
export const LATE_MS = 500
/** Entries read from storage at once, after a crash. */
const PAGE = 64

export interface FanOutPorts {
  /** Calls one account's relay. */
  toAccount(target: FanOutTarget, load: Load): Promise<FanOutOutcome>
  /** Calls an intermediate object. Its outcomes are those of the targets. */
  toShard(shard: number, targets: readonly FanOutTarget[], load: Load): Promise<readonly ShardOutcome[]>
  now(): number
}

/** Whom entries go to, by lane: from a seq on, until the members change. */
interface Plan {
  readonly version: number
  readonly seq: number
  readonly lanes: ReadonlyMap<string, readonly FanOutTarget[]>
}

export class FanOut {
  readonly #group: Group
  readonly #owed: Owed
  readonly #ports: FanOutPorts
  readonly #lanes: Lanes
  /** Entries up to it are in the lanes, or went through them. */
  #queuedUpTo: number
  #plan: Plan | undefined
  /** Accounts that answer late, and have a lane of their own for that, also in a large group. */
  readonly #apart = new Set<string>()
  /** Accounts whose relay is being told that something urgent waits for devices that are away. */
  readonly #urging = new Set<string>()

  constructor(group: Group, owed: Owed, ports: FanOutPorts) {
    this.#group = group
    this.#owed = owed
    this.#ports = ports
    this.#queuedUpTo = group.fannedUpTo
    this.#lanes = new Lanes((lane, targets, load) => this.#call(lane, targets, load))
  }

  /** Whether everything that was accepted is with every relay, or owed to it. */
  get isDone(): boolean {
    return this.#lanes.isIdle && this.#queuedUpTo === this.#group.log.head
  }

  /** Pushes what was appended since the last call. Resolves when it is with everybody who answers. */
  async push(fresh: readonly GroupEntry[] = []): Promise<void> {
    const isContiguous = fresh[0]?.seq === this.#queuedUpTo + 1
    if (isContiguous) for (const entry of fresh) this.#enqueue(entry)
    while (this.#queuedUpTo < this.#group.log.head) {
      const page = this.#group.log.page(this.#queuedUpTo, this.#group.log.head, PAGE)
      // What was deleted meanwhile, everybody has.
      if (page.length === 0) this.#queuedUpTo = this.#group.log.head
      for (const entry of page) this.#enqueue(entry)
    }
    await this.#lanes.flush()
  }

  /** Whom a message outside the log goes to now, by lane. */
  audience(): ReadonlyMap<string, readonly FanOutTarget[]> {
    return this.#planFor(this.#group.log.head + 1, false).lanes
  }

  /** Leaves news with relays that did not answer before. */
  async settleOwed(): Promise<void> {
    const due = new Set(this.#owed.dueBy(this.#ports.now()))
    if (due.size === 0) return
    const { readers, news } = this.#group.members.readersOf(this.#group.log.head + 1)
    for (const target of [...readers, ...news]) {
      if (!due.delete(target.account)) continue
      this.#lanes.enqueue(`owed ${target.account}`, [target], undefined, this.#owed.isUrgent(target.account))
    }
    // Whoever is no member any more is owed nothing.
    for (const account of due) this.#owed.settled(account)
    await this.#lanes.flush()
  }

  #enqueue(entry: GroupEntry): void {
    this.#queuedUpTo = entry.seq
    const isCommit = entry.kind === 'commit'
    const isUrgent = this.#group.log.isUrgent(entry.seq)
    const plan = this.#planFor(entry.seq, isCommit)
    for (const [lane, targets] of plan.lanes) this.#lanes.enqueue(lane, targets, entry, isUrgent)
    if (isUrgent) this.#urge(entry.seq)
    if (!isCommit) return
    for (const target of this.#group.members.readersOf(entry.seq).news) {
      this.#lanes.enqueue(`account ${target.account}`, [target], undefined, false)
    }
  }

  /** Has those told that something urgent waits who are away, and not called for every entry. */
  #urge(seq: number): void {
    this.#owed.urge()
    const before = this.#ports.now() - RELAY_LIMITS.groupUrgentEvery
    const sleepers = this.#group.members
      .sleepersOf(seq, before)
      .filter(({ account }) => !this.#owed.has(account) && !this.#urging.has(account))
    for (const { account } of sleepers) this.#urging.add(account)
    for (const [lane, targets] of this.#laned(sleepers)) this.#lanes.enqueue(lane, targets, undefined, true)
  }

  #planFor(seq: number, isCommit: boolean): Plan {
    const { version } = this.#group.members
    const isSame = this.#plan?.version === version && this.#plan.seq <= seq && !isCommit
    if (this.#plan !== undefined && isSame) return this.#plan
    const readers = this.#group.members.readersOf(seq).readers.filter(({ account }) => !this.#owed.has(account))
    const plan = { version, seq, lanes: this.#laned(readers) }
    // A commit's readers are those of the moment: who it removes reads it, and nothing after.
    this.#plan = isCommit ? undefined : plan
    return plan
  }

  /** By which lane each is called. */
  #laned(accounts: readonly FanOutTarget[]): ReadonlyMap<string, readonly FanOutTarget[]> {
    const lanes = new Map<string, FanOutTarget[]>()
    const isLarge = accounts.length > ACCOUNTS_PER_SHARD
    const shards = Math.ceil(this.#group.members.accountCount / ACCOUNTS_PER_SHARD)
    for (const target of accounts) {
      const isShared = isLarge && !this.#apart.has(target.account)
      const lane = isShared ? `${SHARD}${shardOf(target.account, shards)}` : `account ${target.account}`
      const targets = lanes.get(lane)
      if (targets === undefined) lanes.set(lane, [target])
      else targets.push(target)
    }
    return lanes
  }

  async #call(lane: string, targets: readonly FanOutTarget[], load: Load): Promise<void> {
    const { members } = this.#group
    const fetchesOf = ({ account, devices }: FanOutTarget) =>
      devices.map((device) => members.find({ account, device })?.fetches)
    const isShard = lane.startsWith(SHARD)
    const here = isShard ? this.#together(targets, load) : targets
    const urged = load.isUrgent && load.entries.length === 0 ? targets : []
    if (here.length === 0) return this.#urged(urged)
    const before = new Map(here.map((target) => [target.account, { target, fetches: fetchesOf(target) }]))
    const startedAt = this.#ports.now()
    const outcomes = isShard
      ? await this.#ports.toShard(Number(lane.slice(SHARD.length)), here, load)
      : await Promise.all(here.map((target) => this.#ports.toAccount(target, load)))
    this.#urged(urged)
    const isInTime = this.#ports.now() - startedAt < LATE_MS
    for (const outcome of outcomes) {
      const asked = before.get(outcome.account)
      if (asked === undefined) continue
      if ('late' in outcome) this.#setApart(asked.target, load)
      else {
        if ('failed' in outcome || isInTime) this.#putBack(outcome.account)
        if ('failed' in outcome) this.#failed(outcome.account, load.isUrgent)
        else this.#answered(asked.target, asked.fetches, outcome.away, load.isUrgent)
      }
    }
  }

  #urged(targets: readonly FanOutTarget[]): void {
    for (const { account } of targets) this.#urging.delete(account)
  }

  /** Of an intermediate object's targets, planned some time ago, those that still have nobody wait for them. */
  #together(targets: readonly FanOutTarget[], load: Load): readonly FanOutTarget[] {
    return targets.filter((target) => {
      if (!this.#apart.has(target.account)) return !this.#owed.has(target.account)
      this.#setApart(target, load)
      return false
    })
  }

  /** Brings entries to a late account by its own lane, whether or not they are on their way to it already. */
  #setApart(target: FanOutTarget, { entries, isUrgent }: Load): void {
    if (!this.#apart.has(target.account)) this.#plan = undefined
    this.#apart.add(target.account)
    const alone = [target]
    const lane = `account ${target.account}`
    for (const entry of entries.length === 0 ? [undefined] : entries) {
      this.#lanes.enqueue(lane, alone, entry, isUrgent)
    }
    void this.#lanes.flush()
  }

  #putBack(account: string): void {
    if (this.#apart.delete(account)) this.#plan = undefined
  }

  #failed(account: string, isUrgent: boolean): void {
    this.#owed.failed(account, this.#ports.now(), isUrgent)
    this.#plan = undefined
  }

  #answered(
    { account, devices }: FanOutTarget,
    fetches: readonly unknown[],
    away: readonly number[],
    isUrgent: boolean,
  ): void {
    if (this.#owed.has(account)) {
      this.#owed.settled(account)
      this.#plan = undefined
    }
    for (const [at, device] of devices.entries()) {
      const row = this.#group.members.find({ account, device })
      // One that fetched while the call was under way is there, and its relay will not tell it again.
      if (row !== undefined && away.includes(device) && row.fetches === fetches[at]) {
        this.#group.members.wentAway(row, { account, device }, isUrgent ? this.#ports.now() : undefined)
      }
    }
  }
}

/** The same account is always in the same shard, as long as there are as many. */
function shardOf(account: string, shards: number): number {
  let hash = 0
  for (let at = 0; at < account.length; at += 1) hash = (hash * 31 + account.charCodeAt(at)) >>> 0
  return hash % shards
}
