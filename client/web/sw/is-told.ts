/** A notification as far as it says of which message it is. */
export interface ShownNotice {
  readonly tag: string
  readonly data: unknown
}

/**
 * Whether a page tells of something since a push came: a notice of a conversation that had none, or one of a later message. What was there
 * before says nothing of this push. Pure.
 *
 * @param fallback the tag of the notice that stands in for pages
 */
export function isTold(before: readonly ShownNotice[], now: readonly ShownNotice[], fallback: string): boolean {
  const known = new Set(before.map(nameOf))
  return now.some((notice) => notice.tag !== fallback && !known.has(nameOf(notice)))
}

function nameOf({ tag, data }: ShownNotice): string {
  return JSON.stringify([tag, data ?? null])
}
