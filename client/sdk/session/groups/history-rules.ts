/** Rules of showing joiners messages from before they came (SPEC, section 24). */

import { utf8 } from '#protocol/bytes.ts'
import { parseContent } from '#protocol/content/content.ts'
import type { GroupHistory, MemberProfile, SharedMessage } from '#protocol/content/group-content.ts'
import { LIMITS } from '#protocol/limits.ts'
import type { DeviceAddress } from '#protocol/primitives.ts'
import type { Json } from '../../store/store.ts'
import { currentFiles, currentText } from '../annotations/view.ts'
import type { GroupEvent } from '../events.ts'
import { timerOf } from '../expiry/rules.ts'
import type { MessageRecord } from '../records.ts'
import type { HistoryWish } from './records.ts'

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE

/** Members that are asked at once: the first answer counts. */
const ASK = 3
const ASK_TIMES = 5
/** Between two times; longer from time to time. */
const ASK_EVERY_MS = 10 * MINUTE
/** Answers to one device, and to all, within a day: each is up to 2 MiB, which is kept to be sent again. */
const ANSWERS_A_DAY = 4
const ANSWERS_A_DAY_TO_ALL = 200
/** Octets of an answer's part as JSON, but its items. */
const FRAME = 144

/**
 * Whether a message of this device's timeline may be shown to a joiner: the one place that decides it. What members of a
 * group agreed to have forgotten does not belong into it.
 *
 * @param isOwn the joiner is another device of this account
 */
export function mayBeShared({ event, state, sharedBy, timer, annotations }: MessageRecord, isOwn: boolean): boolean {
  if (event !== undefined || timer !== undefined || annotations?.deleted !== undefined) return false
  // The group does not have it.
  if (state === 'queued' || state === 'blocked' || state === 'failed') return false
  // Hearsay is not passed on, but among own devices, which keep whose word it is.
  return sharedBy === undefined || isOwn
}

/** What a device shares, chosen from its timeline, which is offered to it from the newest record on. */
export class Selection {
  #items: MessageRecord[] = []
  readonly #count: number
  readonly #isOwn: boolean
  #joiner: string | undefined
  #hasBeginning = false

  /**
   * @param count as many as the group shows
   * @param joiner the account that came, where the place of its coming is where its own messages begin
   */
  constructor(count: number, { isOwn, joiner }: { readonly isOwn: boolean; readonly joiner?: string | undefined }) {
    this.#count = count
    this.#isOwn = isOwn
    this.#joiner = joiner
  }

  offer(record: MessageRecord): void {
    // Ours, made by `group-events.ts`: what somebody sent never gets there.
    const event = record.event as unknown as GroupEvent | undefined
    if (event?.event === 'created') this.#hasBeginning = true
    if (this.#joiner !== undefined && event !== undefined && isComing(event, this.#joiner)) {
      // What is newer, it has from the group itself.
      this.#items = []
      this.#joiner = undefined
    } else if (this.#items.length < this.#count && mayBeShared(record, this.#isOwn)) {
      this.#items.push(record)
    }
  }

  /** The newest first. */
  get items(): readonly MessageRecord[] {
    return this.#items
  }

  /** Whether older records would change nothing. */
  get isDone(): boolean {
    return this.#items.length === this.#count && this.#joiner === undefined
  }

  /** Whether no member could share more. */
  get isWhole(): boolean {
    return this.#items.length === this.#count || this.#hasBeginning
  }
}

function isComing(event: GroupEvent, account: string): boolean {
  if (event.event === 'added') return event.accounts.includes(account)
  return event.event === 'joined' && event.by === account
}

/** An answer, in parts that can be sent. What is too large for any, or for all together, is left out. */
export function partsOf(
  group: string,
  { device, isOwn, sharer }: { readonly device: number; readonly isOwn: boolean; readonly sharer: string },
  records: readonly MessageRecord[],
  profiles: ReadonlyMap<string, MemberProfile>,
): GroupHistory[] {
  const parts: { items: SharedMessage[]; named: Set<string> }[] = []
  let room = 0
  for (const record of records) {
    const item = itemOf(record, isOwn)
    const size = sizeOf(item)
    if (FRAME + size > LIMITS.groupHistoryBytes) continue
    let part = parts.at(-1)
    // In each part anew: one may come without the others.
    const cost = (named: ReadonlySet<string>) =>
      sizeOf(...[item.from, sharer].filter((account) => !named.has(account)).map((account) => profiles.get(account)))
    if (part === undefined || size + cost(part.named) > room) {
      if (parts.length === LIMITS.groupHistoryParts) break
      parts.push((part = { items: [], named: new Set() }))
      room = LIMITS.groupHistoryBytes - FRAME
    }
    const more = cost(part.named)
    // The largest text leaves no room for names.
    const isNamed = size + more <= room
    if (isNamed) for (const account of [item.from, sharer]) part.named.add(account)
    part.items.push(item)
    room -= size + (isNamed ? more : 0)
  }
  let start = 0
  return parts.map(({ items, named }, at) => {
    const known = [...named].flatMap((account) => profiles.get(account) ?? [])
    const isLast = at === parts.length - 1
    const part = { kind: 'groupHistory', group, device, start, items, profiles: known, isLast } as const
    start += items.length
    return part
  })
}

/** Octets in a list in JSON. */
function sizeOf(...items: readonly (object | undefined)[]): number {
  return items.reduce((sum, item) => sum + (item === undefined ? 0 : utf8(JSON.stringify(item)).length + 1), 0)
}

function itemOf(record: MessageRecord, isOwn: boolean): SharedMessage {
  const { id, from, at, sharedBy } = record
  // Of what its author changed, the words that count now.
  const content = currentText(record) ?? currentFiles(record) ?? record.content
  const item = { id, from: from.account, at, content: content as SharedMessage['content'] }
  return isOwn && sharedBy !== undefined ? { ...item, sharedBy } : item
}

/**
 * A shared message as it is kept; `undefined` when it is none that may be. `by` is who shared it.
 *
 * Its author and words are on that account's word: the keys that proved them are gone.
 */
export function recordOf(
  { id, from, at, content: json, sharedBy }: SharedMessage,
  { by, own, now }: { readonly by: string; readonly own: string; readonly now: number },
): MessageRecord | undefined {
  const content = parseContent(json)
  if (content?.kind !== 'text' && content?.kind !== 'media' && content?.kind !== 'unknown') return undefined
  // Of one that was to disappear nobody says when it is due. (A sharer that leaves the timer out is a cheat like any other.)
  if (timerOf(json) !== undefined) return undefined
  // Nobody else says what this account wrote.
  if (from === own && by !== own) return undefined
  return {
    id,
    from: { account: from },
    at: Math.min(at, now),
    state: from === own ? 'sent' : 'received',
    content: (content.kind === 'unknown' ? content.original : content) as Json,
    sharedBy: by === own ? (sharedBy ?? own) : by,
  }
}

export function newWish(count: number, below: number, adder: string | undefined): HistoryWish {
  const nothing = { asked: 0, askedAt: 0, of: [], starts: [], received: 0 }
  return { count, below, ...(adder === undefined ? {} : { adder }), ...nothing }
}

/** Whether it is time to ask, again perhaps. */
export function mayAsk({ asked, askedAt }: HistoryWish, now: number): boolean {
  return asked === 0 || (asked < ASK_TIMES && now - askedAt >= asked * ASK_EVERY_MS)
}

/** Whether a device that asked may soon have more to share than it has now. */
export function isWaiting({ asked, askedAt }: HistoryWish, now: number): boolean {
  return asked === 0 || now - askedAt < ASK_EVERY_MS
}

/**
 * Whom to ask: the own account when another device of it is in the group, then who added this device, then by rank. Those who
 * were asked before come last, but for own devices.
 *
 * @param random uniform in [0, 1): spreads the asking over members of one rank
 */
export function whomToAsk(
  { of, adder }: HistoryWish,
  own: { readonly account: string; readonly hasOtherDevice: boolean },
  members: readonly { readonly account: string; readonly rank: number }[],
  random: () => number,
): string[] {
  const others = members
    .filter(({ account }) => account !== own.account)
    .map(({ account, rank }) => ({
      account,
      rank,
      isNew: Number(!of.includes(account)),
      isAdder: Number(account === adder),
      lot: random(),
    }))
    .sort((a, b) => b.isNew - a.isNew || b.isAdder - a.isAdder || b.rank - a.rank || a.lot - b.lot)
    .map(({ account }) => account)
  return [...(own.hasOtherDevice ? [own.account] : []), ...others].slice(0, ASK)
}

/** The wish after these accounts were asked. Another one's answer may be taken than before. */
export function afterAsking(
  { from: _from, end: _end, ...wish }: HistoryWish,
  asked: string[],
  now: number,
): HistoryWish {
  const of = [...new Set([...wish.of, ...asked])]
  return { ...wish, asked: wish.asked + 1, askedAt: now, of, starts: [], received: 0 }
}

/** Whether a part of an answer is one that this device waits for, by what the wish says alone. */
export function isAwaited({ of, from: taken, starts }: HistoryWish, from: DeviceAddress, start: number): boolean {
  if (!of.includes(from.account)) return false
  // Whoever answers first is the one: others could put theirs between.
  if (taken !== undefined && (taken.account !== from.account || taken.device !== from.device)) return false
  return !starts.includes(start) && starts.length < LIMITS.groupHistoryParts
}

/** The wish after a part of an answer; `undefined` once all of it is here. */
export function afterPart(
  wish: HistoryWish,
  from: DeviceAddress,
  { start, items, isLast }: Pick<GroupHistory, 'start' | 'items' | 'isLast'>,
): HistoryWish | undefined {
  const upTo = start + items.length
  const end = isLast || upTo >= wish.count ? upTo : wish.end
  const received = wish.received + items.length
  if (end !== undefined && received >= end) return undefined
  const { account, device } = from
  const next = { ...wish, from: { account, device }, starts: [...wish.starts, start], received }
  return end === undefined ? next : { ...next, end }
}

/** How often answers are given. In memory: a restart gives some more. */
export class AnswerBudget {
  readonly #times = new Map<string, readonly number[]>()

  /** Whether a device is answered now; if so, it counts. @param device a name of it, for this group */
  spend(device: string, now: number): boolean {
    let all = 0
    for (const [name, times] of this.#times) {
      const recent = times.filter((at) => at > now - DAY)
      all += recent.length
      if (recent.length === 0) this.#times.delete(name)
      else this.#times.set(name, recent)
    }
    const own = this.#times.get(device) ?? []
    const isSoon = (own.at(-1) ?? -Infinity) > now - MINUTE
    if (isSoon || own.length >= ANSWERS_A_DAY || all >= ANSWERS_A_DAY_TO_ALL) return false
    this.#times.set(device, [...own, now])
    return true
  }
}
