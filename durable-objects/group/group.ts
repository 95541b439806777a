/**
 * The rules of one group's relay, put together, as synchronous calls that take the time. The class in `group-relay.ts`
 * connects them to workerd; `fan-out.ts` brings to members what is appended here.
 */

import { base64urlByteLength, equalBytes } from '#protocol/bytes.ts'
import { NO_CHANGE, changeOctets, checkChange } from '#protocol/groups/change.ts'
import type { ErrorCode } from '#protocol/errors.ts'
import type { GroupEntry, GroupSuite } from '#protocol/groups/entries.ts'
import type { GroupRole } from '#protocol/groups/roles.ts'
import { LIMITS } from '#protocol/limits.ts'
import { RELAY_LIMITS } from '#protocol/relay-limits.ts'
import type { DeviceAddress } from '#protocol/primitives.ts'
import type { Sql } from '../sql.ts'
import { type Result, bad, good } from '../user/relay.ts'
import { Blobs } from './blobs.ts'
import { Links } from './links.ts'
import { GroupLog } from './log.ts'
import { Members } from './members.ts'
import type {
  CommitAnswer,
  CommitRequest,
  CreateGroupCall,
  GroupPage,
  GroupSend,
  LinkTarget,
  RejoinOffer,
} from './rpc.ts'

/** How long pushing may take before a crash in between would have it done again: below the 10 s after which idle objects are evicted. */
export const FAN_OUT_CHECK_MS = 5_000

/** A send's answer, or that it is new and may be appended. */
export type SendCheck = { readonly seq: number; readonly at: number } | { readonly code: ErrorCode } | 'new'

interface StateRow extends Record<string, string | number | null> {
  group_id: string
  suite: number
  creator_account: string
  creator_device: number
  epoch: number
  send_key: string
  policy_add: string
  fanned_upto: number
}

export class Group {
  readonly id: string
  readonly suite: GroupSuite
  readonly members: Members
  readonly log: GroupLog
  readonly links: Links
  readonly #sql: Sql
  readonly #blobs: Blobs
  readonly #creator: DeviceAddress
  #epoch: number
  #sendKey: string
  /** Entries up to it reached every relay, as far as storage knows. */
  #fannedUpTo: number

  /** Opens the group of an object that was written before. */
  constructor(sql: Sql) {
    this.#sql = sql
    const row = loadState(sql)
    this.id = row.group_id
    this.suite = row.suite as GroupSuite
    this.#creator = { account: row.creator_account, device: row.creator_device }
    this.#epoch = row.epoch
    this.#sendKey = row.send_key
    this.#fannedUpTo = row.fanned_upto
    this.#blobs = new Blobs(sql)
    this.links = new Links(sql, this.#blobs)
    this.log = new GroupLog(sql)
    this.members = new Members(sql, { add: row.policy_add as GroupRole })
  }

  /** Writes the rows of a new group. */
  static create(sql: Sql, { group, by, suite, sendKey, policy }: CreateGroupCall): void {
    sql.transaction(() => {
      sql.exec(
        'INSERT INTO state (id, group_id, suite, creator_account, creator_device, epoch, send_key, policy_add, first_seq, fanned_upto) VALUES (1, ?, ?, ?, ?, 0, ?, ?, 1, 0)',
        group,
        suite,
        by.account,
        by.device,
        sendKey,
        policy.add,
      )
      new Members(sql, policy).add(by, 'owner', 0, false)
    })
  }

  get epoch(): number {
    return this.#epoch
  }

  get sendKey(): string {
    return this.#sendKey
  }

  get fannedUpTo(): number {
    return this.#fannedUpTo
  }

  /** Whether this device made the group (T-1). */
  isCreator({ account, device }: DeviceAddress): boolean {
    return account === this.#creator.account && device === this.#creator.device
  }

  /** Why a device may not act as a member; `undefined` when it may. */
  refuse(by: DeviceAddress): ErrorCode | undefined {
    return this.members.isMember(by) && !this.members.hasLeft(by.account) ? undefined : 'notMember'
  }

  /** What is known of a message before its signature is verified: T-7 comes before T-6. */
  check({ messageId, body, epoch, ephemeral }: GroupSend): SendCheck {
    const known = ephemeral === true ? undefined : this.log.byMessageId(messageId)
    if (known !== undefined) return known.body === body ? { seq: known.seq, at: known.at } : { code: 'messageIdReused' }
    if (epoch !== this.#epoch) return { code: 'staleEpoch' }
    return this.log.hasRoomFor(base64urlByteLength(body)) ? 'new' : { code: 'quotaExceeded' }
  }

  /** Stores messages whose signatures were verified, in their order. */
  append(sends: readonly GroupSend[], now: number): GroupEntry[] {
    return this.#transaction(() =>
      sends.map(({ messageId, epoch, body, urgent }) =>
        this.log.append({ kind: 'message', messageId, epoch, body, urgent }, now),
      ),
    )
  }

  /** Takes a commit; the entry is there when it is a new one, to be brought to the members. */
  commit(by: DeviceAddress, commit: CommitRequest, now: number): Result<{ answer: CommitAnswer; entry?: GroupEntry }> {
    const known = this.log.byMessageId(commit.messageId)
    if (known !== undefined) {
      if (known.kind !== 'commit' || known.body !== commit.body) return bad('messageIdReused')
      return good({ answer: { seq: known.seq, epoch: known.epoch + 1, at: known.at } })
    }
    const refusal = commit.via === undefined ? this.#refuseMember(by, commit) : this.#refuseJoiner(by, commit, now)
    if (refusal !== undefined) return bad(refusal)
    const { messageId, epoch, body, change, sendKey, welcome, boxes = [] } = commit
    const entry = this.#transaction(() => {
      const appended = this.log.append({ kind: 'commit', messageId, epoch, body, change, sendKey }, now)
      this.#epoch = epoch + 1
      this.#sendKey = sendKey
      this.#sql.exec('UPDATE state SET epoch = ?, send_key = ? WHERE id = 1', this.#epoch, sendKey)
      this.members.apply(change, appended.seq, welcome !== undefined)
      this.links.replace(boxes)
      if (welcome !== undefined) this.#blobs.put(welcomeOf(appended.seq), `${this.#epoch} ${welcome}`)
      return appended
    })
    return good({ answer: { seq: entry.seq, epoch: this.#epoch, at: entry.at }, entry })
  }

  /** A page of the log for a device that is, or was, a member; it has everything up to `after`. */
  page(by: DeviceAddress, after: number, limit: number = LIMITS.groupPageEntries): Result<GroupPage> {
    const device = this.members.find(by)
    if (device === undefined || this.members.hasLeft(by.account)) return bad('notMember')
    const { joinedAt, removedAt } = device
    const upTo = removedAt ?? this.log.head
    const from = Math.max(after, joinedAt)
    const isWelcomed = device.hasWelcome && after < joinedAt
    const page = this.#transaction(() => {
      this.members.fetched(device, by, Math.min(after, upTo))
      const welcome = isWelcomed ? this.#blobs.get(welcomeOf(joinedAt)) : undefined
      const entries = this.log.page(Math.max(from, this.log.firstSeq - 1), upTo, limit)
      return { entries, welcome }
    })
    const [welcomedTo = '', welcome] = page.welcome?.split(' ') ?? []
    return good({
      suite: this.suite,
      epoch: this.#epoch,
      head: upTo,
      entries: page.entries,
      ...(from < this.log.firstSeq - 1 && { truncatedUpTo: this.log.firstSeq - 1 }),
      ...(welcome !== undefined && { welcome: { seq: joinedAt, epoch: Number(welcomedTo), body: welcome } }),
    })
  }

  reported(by: DeviceAddress, upTo: number): void {
    const device = this.members.find(by)
    if (device !== undefined) this.members.reported(device, by, Math.min(upTo, this.log.head))
  }

  leave(by: DeviceAddress): Result<true> {
    if (this.members.roleOf(by.account) === undefined) return bad('notMember')
    if (!this.members.hasLeft(by.account)) this.#transaction(() => this.members.leave(by.account))
    return good(true)
  }

  openLink(by: DeviceAddress, link: string, now: number): Result<LinkTarget> {
    const box = this.links.kindFor(link, by, now) === undefined ? undefined : this.links.box(link)
    if (box === undefined) return bad('linkInvalid')
    return good({ suite: this.suite, epoch: this.#epoch, seq: this.log.head, box })
  }

  offerRejoin(by: DeviceAddress, { epoch, for: device, link, box }: RejoinOffer, now: number): Result<true> {
    if (this.refuse(by) !== undefined || !this.members.isMember(device)) return bad('notMember')
    if (epoch !== this.#epoch) return bad('epochConflict')
    if (this.links.invites.includes(link)) return bad('linkInvalid')
    this.#transaction(() => this.links.offer(link, device, box, now + RELAY_LIMITS.groupRejoinTtl))
    return good(true)
  }

  /** Everything up to `seq` was pushed, or left as news. */
  fanned(seq: number): void {
    if (seq <= this.#fannedUpTo) return
    this.#fannedUpTo = seq
    this.#transaction(() => this.#sql.exec('UPDATE state SET fanned_upto = ? WHERE id = 1', seq))
  }

  /** Writes what was only in memory, and deletes what nobody needs any more. */
  tidy(now: number): void {
    this.#transaction(() => {
      this.members.flush()
      this.links.expire(now)
      const before = this.log.firstSeq
      this.log.truncate(Math.min(this.members.sharedCursor, this.#fannedUpTo), now - LIMITS.groupEntryTtl)
      if (this.log.firstSeq > before) this.members.dropRemoved(this.log.firstSeq)
      for (const { name } of this.#sql.exec<{ name: string }>(
        "SELECT DISTINCT name FROM blobs WHERE name LIKE 'welcome %'",
      )) {
        if (!this.members.waitsForWelcome(Number(name.split(' ')[1]))) this.#blobs.delete(name)
      }
    })
  }

  /** When {@link tidy} has to be called by itself; `undefined` when never. */
  get nextDue(): number | undefined {
    const { oldestAt } = this.log
    const due = Math.min(
      oldestAt === undefined ? Infinity : oldestAt + LIMITS.groupEntryTtl + 1,
      this.links.nextExpiry ?? Infinity,
    )
    return due === Infinity ? undefined : due
  }

  #refuseMember(by: DeviceAddress, commit: CommitRequest): ErrorCode | undefined {
    const refusal = this.refuse(by)
    if (refusal !== undefined) return refusal
    if (commit.epoch !== this.#epoch) return 'epochConflict'
    const { change } = commit
    // MLS has nobody remove itself by its own commit (RFC 9420 section 12.2).
    if (change.remove.some(({ account, device }) => account === by.account && device === by.device))
      return 'changeInvalid'
    if (change.add.length > 0 !== (commit.welcome !== undefined)) return 'changeInvalid'
    return checkChange(this.members, by.account, change) ?? this.#refuseSize(commit)
  }

  /** An external commit (RFC 9420 section 12.4.3.2): by a link, one device joins, or replaces itself, and nothing else changes. */
  #refuseJoiner(by: DeviceAddress, commit: CommitRequest, now: number): ErrorCode | undefined {
    const kind = this.links.kindFor(commit.via ?? '', by, now)
    if (kind === undefined) return 'linkInvalid'
    if (commit.epoch !== this.#epoch) return 'epochConflict'
    const replaced = this.members.isMember(by) ? [by] : []
    if (kind === 'offer' && replaced.length === 0) return 'notMember'
    const expected = changeOctets({ ...NO_CHANGE, add: [by], remove: replaced })
    const isExpected = equalBytes(changeOctets(commit.change), expected)
    if (!isExpected || commit.welcome !== undefined) return 'changeInvalid'
    return this.#refuseSize(commit)
  }

  #refuseSize({ change, boxes = [], body }: CommitRequest): ErrorCode | undefined {
    const links = new Set(change.links ?? this.links.invites)
    const boxed = new Set(boxes.map(({ link }) => link))
    if (links.size !== boxed.size || boxed.size !== boxes.length || [...links].some((link) => !boxed.has(link))) {
      return 'changeInvalid'
    }
    const newcomers = new Set(
      change.add.map(({ account }) => account).filter((account) => this.members.roleOf(account) === undefined),
    )
    if (this.members.deviceCount + change.add.length - change.remove.length > LIMITS.groupDevices) return 'groupFull'
    if (newcomers.size > 0 && this.members.accountCount + newcomers.size > LIMITS.groupAccounts) return 'groupFull'
    return this.log.hasRoomFor(base64urlByteLength(body)) ? undefined : 'quotaExceeded'
  }

  /** A transaction after whose failure memory is as storage is. */
  #transaction<T>(work: () => T): T {
    try {
      return this.#sql.transaction(work)
    } catch (error) {
      const row = loadState(this.#sql)
      this.#epoch = row.epoch
      this.#sendKey = row.send_key
      this.#fannedUpTo = row.fanned_upto
      this.members.policy = { add: row.policy_add as GroupRole }
      this.members.forget()
      this.log.forget()
      throw error
    }
  }
}

const welcomeOf = (seq: number): string => `welcome ${seq}`

function loadState(sql: Sql): StateRow {
  const [row] = sql.exec<StateRow>('SELECT * FROM state')
  if (row === undefined) throw new Error('The object has a schema and no group.')
  return row
}
