/** Which queued messages may go next: pure, so that its rules can be tested alone. */

import type { QueueEntry } from './outbox.ts'

/** Messages that wait for their answer at once: enough to hide a round trip, few enough to sort out after a refusal. */
export const SEND_WINDOW = 16

export interface SendPlan {
  readonly send: QueueEntry[]
  /** When to look again, if nothing else happens before. */
  readonly wakeAt: number | undefined
}

/**
 * The next messages, in queue order. A recipient's messages go in their order: one that has to wait keeps those behind it,
 * and while one asks for a recipient's devices (`probing`), only that one goes.
 *
 * @param isHeld whether nothing may be sent to an account: its identity changed and was not accepted
 * @param answerTimeout after which an unanswered message is sent again, in milliseconds
 */
export function planSends(
  entries: Iterable<QueueEntry>,
  probing: ReadonlySet<string>,
  isHeld: (account: string) => boolean,
  answerTimeout: number,
  now: number,
): SendPlan {
  const send: QueueEntry[] = []
  const waiting = new Set<string>()
  let inFlight = 0
  let wakeAt: number | undefined
  const wake = (at: number): void => {
    wakeAt = wakeAt === undefined ? at : Math.min(wakeAt, at)
  }
  const all = [...entries]
  for (const { sentAt } of all) {
    if (sentAt === undefined) continue
    if (sentAt + answerTimeout > now) inFlight += 1
  }
  for (const entry of all) {
    const { to } = entry.item
    if (waiting.has(to)) continue
    if (entry.sentAt !== undefined && entry.sentAt + answerTimeout > now) {
      wake(entry.sentAt + answerTimeout)
      if (probing.has(to)) waiting.add(to)
    } else if (isHeld(to)) {
      waiting.add(to)
    } else if (entry.notBefore > now) {
      wake(entry.notBefore)
      waiting.add(to)
    } else if (inFlight < SEND_WINDOW) {
      inFlight += 1
      send.push(entry)
      if (probing.has(to)) waiting.add(to)
    } else {
      break
    }
  }
  return { send, wakeAt }
}
