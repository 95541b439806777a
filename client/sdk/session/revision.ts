/**
 * The order of changes of one thing, alike on all devices: each change counts one more than the highest that its author
 * knew, and of two that count the same, the one with the higher id is later. No clock is asked.
 */

import * as v from 'valibot'
import { LIMITS } from '#protocol/limits.ts'
import { MessageId, integer } from '#protocol/primitives.ts'

/** A place in that order. */
export const Revision = v.object({ revision: integer(1), id: MessageId })
export type Revision = v.InferOutput<typeof Revision>

/** Whether a change is later than another, or the first. */
export function isLater({ revision, id }: Revision, than: Revision | undefined): boolean {
  if (than === undefined || revision !== than.revision) return revision > (than?.revision ?? 0)
  return id > than.id
}

/**
 * Whether a change of what several people share counts as it may. One that jumps ahead would be the last for ever: nobody
 * could count beyond it.
 */
export function isCredible({ revision }: Revision, known: Revision | undefined): boolean {
  return revision <= (known?.revision ?? 0) + LIMITS.revisionStep
}

/** What the next change counts. */
export function nextRevision(known: Pick<Revision, 'revision'> | undefined): number {
  return (known?.revision ?? 0) + 1
}
