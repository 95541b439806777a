/** The Durable Object of one group: connects the rules to workerd's storage, alarms and calls. */

import { DurableObject } from 'cloudflare:workers'
import type { GroupEntry } from '#protocol/groups/entries.ts'
import type { ObjectEnv } from '../env.ts'
import { errorFields, log } from '../log.ts'
import { isEmpty, migrate } from '../migrations.ts'
import { sqlOf } from '../sql-storage.ts'
import { AlarmClock } from '../user/alarm-clock.ts'
import { type Result, bad, good } from '../user/relay.ts'
import { relayOf } from '../user/stub.ts'
import { deliverTo, passTo } from './deliver.ts'
import { FanOut } from './fan-out.ts'
import { FAN_OUT_CHECK_MS, Group } from './group.ts'
import type { Load } from './lanes.ts'
import { Owed } from './owed.ts'
import { verifySends } from './proofs.ts'
import type {
  CommitAnswer,
  CommitRequest,
  CreateGroupCall,
  FanOutOutcome,
  FanOutTarget,
  GroupCall,
  GroupPage,
  GroupRelayCalls,
  GroupSend,
  GroupSendAnswer,
  LinkTarget,
  MemberCall,
  RejoinOffer,
  ShardOutcome,
} from './rpc.ts'
import { MIGRATIONS } from './schema.ts'
import { fanOutOf } from './stub.ts'

interface Open {
  readonly group: Group
  readonly owed: Owed
  readonly fanOut: FanOut
}

export class GroupRelay extends DurableObject<ObjectEnv> implements GroupRelayCalls {
  readonly #sql = sqlOf(this.ctx.storage)
  readonly #clock = new AlarmClock(this.ctx.storage)
  /** `undefined` until the group is created. */
  #open: Open | undefined

  constructor(ctx: DurableObjectState, env: ObjectEnv) {
    super(ctx, env)
    void ctx.blockConcurrencyWhile(async () => {
      await this.#clock.load()
      if (isEmpty(this.#sql)) return
      migrate(this.#sql, MIGRATIONS)
      this.#open = this.#load()
    })
  }

  async create(call: CreateGroupCall): Promise<Result<{ epoch: number }>> {
    if (this.#open !== undefined) {
      return this.#open.group.isCreator(call.by) ? good({ epoch: 0 }) : bad('groupTaken')
    }
    migrate(this.#sql, MIGRATIONS)
    Group.create(this.#sql, call)
    this.#open = this.#load()
    return good({ epoch: 0 })
  }

  async commit({ by, commit }: MemberCall & { commit: CommitRequest }): Promise<Result<CommitAnswer>> {
    if (this.#open === undefined) return bad('groupNotFound')
    const committed = this.#open.group.commit(by, commit, Date.now())
    if (!committed.ok) return committed
    const { answer, entry } = committed.value
    if (entry !== undefined) this.#bring(this.#open, [entry])
    return good(answer)
  }

  async send({
    group: id,
    correlationId,
    messages,
  }: GroupCall & { messages: readonly GroupSend[] }): Promise<Result<GroupSendAnswer>> {
    const open = this.#open
    if (open === undefined) return bad('groupNotFound')
    const { group } = open
    const unknown = messages.filter((message) => group.check(message) === 'new')
    const proven = await verifySends(id, group.sendKey, unknown)
    const isProven = new Map(unknown.map((message, at) => [message, proven[at] === true]))
    // From here on nothing is awaited: what was checked is checked again, since commits may have come meanwhile.
    const now = Date.now()
    const entries: GroupEntry[] = []
    const answers: GroupSendAnswer['answers'] = []
    for (const message of messages) {
      const { messageId, ephemeral } = message
      const checked = group.check(message)
      if (checked !== 'new') answers.push({ messageId, ...checked })
      else if (isProven.get(message) !== true) {
        // Verified under the key of an epoch that has ended meanwhile, or not at all.
        answers.push({ messageId, code: isProven.has(message) ? 'sendProofInvalid' : 'staleEpoch' })
      } else if (ephemeral === true) {
        this.#pass(open, message, now, correlationId)
        answers.push({ messageId, seq: group.log.head, at: now })
      } else {
        const [entry] = group.append([message], now)
        if (entry === undefined) continue
        entries.push(entry)
        answers.push({ messageId, seq: entry.seq, at: entry.at })
      }
    }
    if (entries.length > 0) this.#bring(open, entries)
    return good({ epoch: group.epoch, answers })
  }

  async fetchEntries({
    by,
    after,
    limit,
  }: MemberCall & { after: number; limit: number | undefined }): Promise<Result<GroupPage>> {
    return this.#open?.group.page(by, after, limit) ?? bad('groupNotFound')
  }

  async leave({ by }: MemberCall): Promise<Result<true>> {
    return this.#open?.group.leave(by) ?? bad('groupNotFound')
  }

  async openLink({ by, link }: MemberCall & { link: string }): Promise<Result<LinkTarget>> {
    return this.#open?.group.openLink(by, link, Date.now()) ?? bad('groupNotFound')
  }

  async offerRejoin({ by, offer }: MemberCall & { offer: RejoinOffer }): Promise<Result<true>> {
    const offered = this.#open?.group.offerRejoin(by, offer, Date.now()) ?? bad('groupNotFound')
    this.#ringForTidying()
    return offered
  }

  async acknowledge({ by, upTo }: MemberCall & { upTo: number }): Promise<void> {
    this.#open?.group.reported(by, upTo)
    if (this.#open !== undefined) this.#clock.ringBy(Date.now() + FAN_OUT_CHECK_MS)
  }

  override async alarm(): Promise<void> {
    this.#clock.rang()
    const open = this.#open
    if (open === undefined) return
    const { group, owed, fanOut } = open
    // After a crash, what was accepted and not pushed to everybody is pushed now; clients ignore what they have.
    this.ctx.waitUntil(fanOut.push())
    this.ctx.waitUntil(fanOut.settleOwed())
    if (fanOut.isDone) group.fanned(group.log.head)
    else this.#clock.ringBy(Date.now() + FAN_OUT_CHECK_MS)
    group.tidy(Date.now())
    const due = Math.min(owed.nextDue ?? Infinity, group.nextDue ?? Infinity)
    if (due < Infinity) this.#clock.ringBy(due)
  }

  #load(): Open {
    const group = new Group(this.#sql)
    const owed = new Owed(this.#sql)
    const fanOut = new FanOut(group, owed, {
      toAccount: (target, load) => this.#toAccount(group.id, target, load),
      toShard: (shard, targets, load) => this.#toShard(group.id, shard, targets, load),
      now: Date.now,
    })
    return { group, owed, fanOut }
  }

  /** Pushes entries to the members. Not awaited: whoever appended is answered as soon as the entries are durable. */
  #bring({ fanOut }: Open, entries: readonly GroupEntry[]): void {
    this.#clock.ringBy(Date.now() + FAN_OUT_CHECK_MS)
    this.ctx.waitUntil(fanOut.push(entries))
  }

  async #toAccount(group: string, target: FanOutTarget, load: Load): Promise<FanOutOutcome> {
    return deliverTo(relayOf(this.env.USER_RELAY, target.account), group, target, load, crypto.randomUUID())
  }

  async #toShard(
    group: string,
    shard: number,
    targets: readonly FanOutTarget[],
    load: Load,
  ): Promise<readonly ShardOutcome[]> {
    const correlationId = crypto.randomUUID()
    try {
      return await fanOutOf(this.env.GROUP_FAN_OUT, group, shard).deliver({ group, correlationId, targets, ...load })
    } catch (error) {
      log('warn', 'group.shardFailed', { correlationId, ...errorFields(error), count: targets.length })
      return targets.map(({ account }) => ({ account, failed: true }))
    }
  }

  #pass({ group, fanOut }: Open, { messageId, body }: GroupSend, at: number, correlationId: string): void {
    const item = { messageId, at, body }
    for (const [lane, targets] of fanOut.audience()) {
      const shard = /^shard (\d+)$/.exec(lane)?.[1]
      const [target] = targets
      if (shard !== undefined) {
        const passed = fanOutOf(this.env.GROUP_FAN_OUT, group.id, Number(shard)).pass({
          group: group.id,
          correlationId,
          targets,
          item,
        })
        this.ctx.waitUntil(passed.catch(() => undefined))
      } else if (target !== undefined) {
        this.ctx.waitUntil(passTo(relayOf(this.env.USER_RELAY, target.account), group.id, target, item, correlationId))
      }
    }
  }

  #ringForTidying(): void {
    const due = this.#open?.group.nextDue
    if (due !== undefined) this.#clock.ringBy(due)
  }
}
