/** Groups' entries on one socket: what was pushed, and what of it the device has. */

import type { DownFrame } from '#protocol/frames/down.ts'
import { base64urlByteLength } from '#protocol/bytes.ts'
import type { GroupEntry } from '#protocol/groups/entries.ts'
import { RELAY_LIMITS } from '#protocol/relay-limits.ts'

/**
 * Groups with pushed and unacknowledged entries, in a socket's attachment: each with the highest seq pushed; with that of the last urgent entry, where there is
 * one; and since when that waits, unless it was seen to that the device is woken for it.
 */
export type PushedGroups = readonly (readonly [group: string, upTo: number, urgentUpTo?: number, urgentAt?: number])[]

/** Groups that fit an attachment of 16 KiB at some 60 octets each. News of further ones is kept in storage. */
const MAX_GROUPS = 256

interface Pushed {
  readonly upTo: number
  readonly urgent?: { readonly upTo: number; readonly at: number | undefined } | undefined
}

export class GroupPushes {
  readonly #pushed: Map<string, Pushed>

  constructor(pushed: PushedGroups = []) {
    this.#pushed = new Map(
      pushed.map(([group, upTo, urgentUpTo, at]) => [
        group,
        { upTo, ...(urgentUpTo !== undefined && { urgent: { upTo: urgentUpTo, at } }) },
      ]),
    )
  }

  /** For the attachment. */
  get state(): PushedGroups {
    return Array.from(this.#pushed, ([group, { upTo, urgent }]) => {
      if (urgent === undefined) return [group, upTo]
      return urgent.at === undefined ? [group, upTo, urgent.upTo] : [group, upTo, urgent.upTo, urgent.at]
    })
  }

  /** Groups of which the device may not have everything that was pushed. */
  get unacknowledged(): Iterable<string> {
    return this.#pushed.keys()
  }

  /** Groups with something urgent that the device may not have, each with since when. */
  get urgent(): { readonly group: string; readonly at: number }[] {
    return Array.from(this.#pushed).flatMap(([group, { urgent }]) =>
      urgent?.at === undefined ? [] : [{ group, at: urgent.at }],
    )
  }

  /** Notes a push; `urgentAt`: of something urgent, then. `false` when there are too many groups to remember it. */
  note(group: string, upTo: number, urgentAt?: number): boolean {
    const before = this.#pushed.get(group)
    if (before === undefined && this.#pushed.size >= MAX_GROUPS) return false
    const urgent = urgentAt === undefined ? before?.urgent : { upTo, at: before?.urgent?.at ?? urgentAt }
    this.#pushed.set(group, { upTo, urgent })
    return true
  }

  /** Answers whether the device has the last urgent entry with that. One that has some of them is there, and is given time for the rest. */
  acknowledged(group: string, upTo: number, now: number): boolean {
    const pushed = this.#pushed.get(group)
    if (pushed === undefined) return false
    const { urgent } = pushed
    const isUrgentRead = urgent !== undefined && urgent.upTo <= upTo
    if (pushed.upTo <= upTo) this.#pushed.delete(group)
    else if (isUrgentRead) this.#pushed.set(group, { upTo: pushed.upTo })
    else if (urgent?.at !== undefined) this.#pushed.set(group, { ...pushed, urgent: { upTo: urgent.upTo, at: now } })
    return isUrgentRead
  }

  /** The device is woken for what is urgent there. */
  left(group: string): void {
    const pushed = this.#pushed.get(group)
    if (pushed?.urgent === undefined) return
    this.#pushed.set(group, { ...pushed, urgent: { upTo: pushed.urgent.upTo, at: undefined } })
  }
}

/** Frames for entries, none larger than a page. What is too large for one is only told of: the client fetches it. */
export function framesOf(group: string, entries: readonly GroupEntry[]): readonly DownFrame[] {
  const frames: DownFrame[] = []
  let page: GroupEntry[] = []
  let bytes = 0
  const close = () => {
    if (page.length > 0) frames.push({ type: 'groupEntries', group, items: page })
    page = []
    bytes = 0
  }
  for (const entry of entries) {
    const size = base64urlByteLength(entry.body)
    if (bytes + size > RELAY_LIMITS.pageBytes) close()
    if (size > RELAY_LIMITS.pageBytes) frames.push({ type: 'groupNews', groups: [group] })
    else {
      page.push(entry)
      bytes += size
    }
  }
  close()
  return frames
}
