/** Forgets what a relay cannot deliver again. */

import type { Core } from './core.ts'
import type { Draft } from './draft.ts'
import {
  SEEN_LOG,
  type Seen,
  messageKey,
  messageRecord,
  parseRecord,
  seenLogKey,
  seenLogRecord,
  seenRecord,
} from './records.ts'

/** Longer than a relay keeps an envelope, by clocks that differ. */
const SEEN_MS = 45 * 24 * 60 * 60_000
/** Pages of the log that one pruning takes. */
const PRUNE_PAGE = 64

export async function pruneSeen(core: Core): Promise<void> {
  await core.transact(async (draft) => {
    for (const { order, value } of await core.store.range('received', SEEN_LOG, { limit: PRUNE_PAGE })) {
      const { at, partitions } = parseRecord(seenLogRecord, value)
      if (at > core.now() - SEEN_MS) return
      draft.delete(seenLogKey(order))
      const keys = partitions.map((partition) => ({ collection: 'received', partition, order: 0 }) as const)
      await draft.prefetch(keys)
      for (const key of keys) {
        // A message that came late is shown now: its record is how receipts find it. One that disappeared is not.
        if (!(await isShown(draft, await draft.get(seenRecord, key)))) draft.delete(key)
      }
    }
  })
}

async function isShown(draft: Draft, seen: Seen | undefined): Promise<boolean> {
  if (seen?.conversation === undefined || seen.order === undefined) return false
  return (await draft.get(messageRecord, messageKey(seen.conversation, seen.order))) !== undefined
}
