/**
 * What was done to a message after it was sent, as a value. Everything here is commutative and idempotent: whatever order a
 * device hears things in, and however often, it comes to the same (SPEC, CT-3).
 */

import * as v from 'valibot'
import { Emoji } from '#protocol/content/annotation.ts'
import { WORDS, type Words } from '#protocol/content/text.ts'
import { LIMITS } from '#protocol/limits.ts'
import { AccountId, MessageId, Timestamp } from '#protocol/primitives.ts'
import { Revision, isLater } from '../revision.ts'

/** A place in the order of changes of one thing. Of a group's pins, the revision is the seq of its log. */
const STAMP = Revision.entries

const Version = v.object({ ...STAMP, ...WORDS, at: Timestamp })
export type Version = v.InferOutput<typeof Version>

const Feeling = v.object({ ...STAMP, account: AccountId, emoji: v.optional(Emoji) })
export type Feeling = v.InferOutput<typeof Feeling>

export const Annotations = v.object({
  /** Later words, the latest last; at most `LIMITS.editVersions`. */
  versions: v.optional(v.array(Version)),
  /** Of each account the last thing that it said, by account. Also that it took an emoji back: what comes late must not win. */
  feelings: v.optional(v.array(Feeling)),
  pin: v.optional(v.object({ ...STAMP, pinned: v.boolean() })),
  /** For everyone, by whom. Then there is nothing else. */
  deleted: v.optional(v.object({ by: AccountId, id: MessageId })),
  /** For this account only. Kept of a message that has not come yet; one that has is gone. */
  hidden: v.optional(v.literal(true)),
})
export type Annotations = v.InferOutput<typeof Annotations>

/** One thing that is done to a message. Whoever makes it has checked that its author may. */
export type Operation =
  | { readonly kind: 'reaction'; readonly by: string; readonly emoji?: string | undefined; readonly stamp: Revision }
  | { readonly kind: 'edit'; readonly words: Words; readonly at: number; readonly stamp: Revision }
  | { readonly kind: 'delete'; readonly by: string; readonly id: string }
  | { readonly kind: 'pin'; readonly pinned: boolean; readonly stamp: Revision }
  | { readonly kind: 'hide' }

/** The annotations after an operation; `before` itself where it changes nothing. */
export function merge(before: Annotations, operation: Operation): Annotations {
  if (before.hidden === true) return before
  if (operation.kind === 'hide') return { hidden: true }
  if (operation.kind === 'delete') {
    const { by, id } = operation
    // Of two who deleted it, all devices name the same.
    return before.deleted !== undefined && before.deleted.id <= id ? before : { deleted: { by, id } }
  }
  if (before.deleted !== undefined) return before
  switch (operation.kind) {
    case 'pin':
      return isLater(operation.stamp, before.pin)
        ? { ...before, pin: { ...operation.stamp, pinned: operation.pinned } }
        : before
    case 'reaction': {
      const { by: account, emoji, stamp } = operation
      const feelings = before.feelings ?? []
      if (
        !isLater(
          stamp,
          feelings.find((feeling) => feeling.account === account),
        )
      )
        return before
      const others = feelings.filter((feeling) => feeling.account !== account)
      const said = { ...stamp, account, ...(emoji === undefined ? {} : { emoji }) }
      return { ...before, feelings: [...others, said].sort((a, b) => compare(a.account, b.account)) }
    }
    case 'edit': {
      const { words, at, stamp } = operation
      const versions = before.versions ?? []
      if (versions.some(({ id }) => id === stamp.id)) return before
      const { body, styles, mentions } = words
      const version = { ...stamp, body, ...(styles && { styles }), ...(mentions && { mentions }), at }
      // The highest of all that ever came: what was dropped would be dropped whenever it came.
      const kept = [...versions, version].sort((a, b) => (isLater(a, b) ? 1 : -1)).slice(-LIMITS.editVersions)
      return kept.includes(version) ? { ...before, versions: kept } : before
    }
  }
}

/** The operations that make these annotations. */
export function operationsOf({ versions = [], feelings = [], pin, deleted, hidden }: Annotations): Operation[] {
  const operations: Operation[] = []
  for (const { at, revision, id, ...words } of versions) {
    operations.push({ kind: 'edit', words, at, stamp: { revision, id } })
  }
  for (const { account: by, emoji, revision, id } of feelings) {
    operations.push({ kind: 'reaction', by, emoji, stamp: { revision, id } })
  }
  if (pin !== undefined) {
    const { pinned, ...stamp } = pin
    operations.push({ kind: 'pin', pinned, stamp })
  }
  if (deleted !== undefined) operations.push({ kind: 'delete', ...deleted })
  if (hidden === true) operations.push({ kind: 'hide' })
  return operations
}

export function isPinned({ pin }: Annotations): boolean {
  return pin?.pinned === true
}

/** The words that count now; `undefined` where they are the first. */
export function latestWords({ versions }: Annotations): Version | undefined {
  return versions?.at(-1)
}

/** What an account has said of a message last. */
export function feelingOf({ feelings }: Annotations, account: string): Feeling | undefined {
  return feelings?.find((feeling) => feeling.account === account)
}

/** Emoji with the accounts that chose them, the most frequent first; alike on all devices. */
export function reactionsIn({ feelings = [] }: Annotations): { readonly emoji: string; readonly accounts: string[] }[] {
  const byEmoji = new Map<string, string[]>()
  for (const { emoji, account } of feelings) {
    if (emoji === undefined) continue
    const accounts = byEmoji.get(emoji)
    if (accounts === undefined) byEmoji.set(emoji, [account])
    else accounts.push(account)
  }
  return [...byEmoji]
    .map(([emoji, accounts]) => ({ emoji, accounts }))
    .sort((a, b) => b.accounts.length - a.accounts.length || compare(a.emoji, b.emoji))
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
