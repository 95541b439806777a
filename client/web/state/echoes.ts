import type { TimelineItem } from '../engine/api.ts'

/** An own message that the engine has not confirmed yet: it shows at once, and waits. */
export type Echo = Extract<TimelineItem, { kind: 'message' }>

/** Those that are not among the engine's items. The same array when that is all of them. */
export function unconfirmed(echoes: readonly Echo[], items: readonly TimelineItem[]): readonly Echo[] {
  if (echoes.length === 0) return echoes
  const known = new Set(items.map(({ id }) => id))
  const left = echoes.filter(({ id }) => !known.has(id))
  return left.length === echoes.length ? echoes : left
}

/**
 * A timeline with its echoes at the end, in the order in which they were written: what comes before the engine has them
 * comes before them. Their orders lie between those that the engine gives.
 */
export function withEchoes(items: readonly TimelineItem[], echoes: readonly Echo[]): readonly TimelineItem[] {
  if (echoes.length === 0) return items
  const last = items.at(-1)?.order ?? 0
  return [...items, ...echoes.map((echo, at) => ({ ...echo, order: last + (at + 1) / (echoes.length + 1) }))]
}
