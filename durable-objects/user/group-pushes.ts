/** Groups' entries on one socket: what was pushed, and what of it the device has. */

import type { DownFrame } from '#protocol/frames/down.ts'
import { base64urlByteLength } from '#protocol/bytes.ts'
import type { GroupEntry } from '#protocol/groups/entries.ts'
import { LIMITS } from '#protocol/limits.ts'

/** Groups with pushed and unacknowledged entries, in a socket's attachment: each with the highest seq pushed. */
export type PushedGroups = readonly (readonly [group: string, upTo: number])[]

/** Groups that fit an attachment of 16 KiB at some 45 octets each. News of further ones is kept in storage. */
const MAX_GROUPS = 256

export class GroupPushes {
  readonly #pushed: Map<string, number>

  constructor(pushed: PushedGroups = []) {
    this.#pushed = new Map(pushed)
  }

  /** For the attachment. */
  get state(): PushedGroups {
    return [...this.#pushed]
  }

  /** Groups of which the device may not have everything that was pushed. */
  get unacknowledged(): Iterable<string> {
    return this.#pushed.keys()
  }

  /** Notes a push. `false` when there are too many groups to remember it. */
  note(group: string, upTo: number): boolean {
    if (!this.#pushed.has(group) && this.#pushed.size >= MAX_GROUPS) return false
    this.#pushed.set(group, upTo)
    return true
  }

  acknowledged(group: string, upTo: number): void {
    if ((this.#pushed.get(group) ?? Infinity) <= upTo) this.#pushed.delete(group)
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
    if (bytes + size > LIMITS.pageBytes) close()
    if (size > LIMITS.pageBytes) frames.push({ type: 'groupNews', groups: [group] })
    else {
      page.push(entry)
      bytes += size
    }
  }
  close()
  return frames
}
