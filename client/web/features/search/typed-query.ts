/** Filters as people type them: `from:ada in:"Pass crew" has:link before:2026-01-31 the hut`. */

import { SEARCHED_KINDS, type SearchedKind } from '#sdk/session/search/query.ts'
import type { ConversationRow } from '../../engine/api.ts'
import { foldForSearch } from '../../state/conversation-list.ts'

export interface Filters {
  /** Accounts and conversations by their ids. */
  readonly from?: string
  readonly in?: string
  readonly has?: SearchedKind
  /** A day, as `2026-01-31`. */
  readonly before?: string
}

export interface TypedQuery extends Filters {
  /** What is left: the words. */
  readonly text: string
  /** Filters that name nobody, or nothing that there is. */
  readonly unknown: readonly string[]
}

const FILTER = /(?<=^|\s)(from|in|has|before):(?:"([^"]*)"|(\S+))/gi
const DAY = /^\d{4}-\d{2}-\d{2}$/

/** @param own the own account: `from:me` */
export function parseTyped(typed: string, rows: Iterable<ConversationRow>, own: string): TypedQuery {
  const all = [...rows]
  const unknown: string[] = []
  let filters: Filters = {}
  const text = typed.replaceAll(
    FILTER,
    (whole, name: string, quoted: string | undefined, plain: string | undefined) => {
      const value = quoted ?? plain ?? ''
      const found = filterOf(name.toLowerCase(), value, all, own)
      if (found === undefined) unknown.push(whole)
      else filters = { ...filters, ...found }
      return ' '
    },
  )
  return { ...filters, text: text.trim(), unknown }
}

function filterOf(name: string, value: string, rows: readonly ConversationRow[], own: string): Filters | undefined {
  switch (name) {
    case 'has': {
      const has = SEARCHED_KINDS.find((kind) => kind === value.toLowerCase())
      return has && { has }
    }
    case 'before':
      return isDay(value) ? { before: value } : undefined
    case 'in': {
      const id = named(rows, value)
      return id === undefined ? undefined : { in: id }
    }
    default: {
      if (value.toLowerCase() === 'me') return { from: own }
      const id = named(
        rows.filter(({ group }) => group === undefined),
        value,
      )
      return id === undefined ? undefined : { from: id }
    }
  }
}

function isDay(value: string): boolean {
  return DAY.test(value) && !Number.isNaN(Date.parse(value))
}

/** The conversation of this username, or whose name begins so, the latest first. */
function named(rows: readonly ConversationRow[], value: string): string | undefined {
  const wanted = foldForSearch(value)
  if (wanted === '') return undefined
  const recent = rows.toSorted((a, b) => b.lastAt - a.lastAt)
  const exact = recent.find((row) => foldForSearch(row.username ?? '') === wanted)
  return (exact ?? recent.find((row) => foldForSearch(row.name ?? '').startsWith(wanted)))?.id
}
