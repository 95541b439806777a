/** Begins the timers of messages, and keeps what is due when: in the transaction of what makes them begin. */

import type { Core } from '../core.ts'
import type { Draft } from '../draft.ts'
import { type MessageRecord, messageKey, messageRecord } from '../records.ts'
import { CLOCK, type Due, clockRecord, dueKey, dueRecord } from './records.ts'
import { type Running, beginningOf, dueAt } from './rules.ts'

/** Messages in one record of what is due. When it is full, the next millisecond's takes more. */
export const BUCKET = 256

export interface Placed {
  readonly order: number
  readonly message: MessageRecord
}

/** Whether a message has a timer that does not run yet. */
export function mayBegin({ timer, startedAt }: MessageRecord): boolean {
  return timer !== undefined && startedAt === undefined
}

/** Whether a message's timer runs. */
export function isRunning(message: MessageRecord): message is MessageRecord & Running {
  return message.timer !== undefined && message.startedAt !== undefined
}

/**
 * Begins the timers of those messages that have one which does not run yet, and tells of it.
 *
 * @param told when they began elsewhere, if they did
 */
export async function beginTimers(
  core: Core,
  draft: Draft,
  conversation: string,
  messages: readonly Placed[],
  told?: number,
): Promise<void> {
  const begun = messages.flatMap(({ order, message }) => {
    if (message.timer === undefined || message.startedAt !== undefined) return []
    return [{ order, message, timer: message.timer, startedAt: beginningOf(told, message.at, core.now()) }]
  })
  if (begun.length === 0) return
  for (const { order, message, startedAt } of begun) {
    draft.put(messageRecord, messageKey(conversation, order), { ...message, startedAt })
  }
  await noteDue(core, draft, conversation, begun)
}

/** Notes when messages are due whose timers run since now, and tells of it. */
export async function noteDue(
  core: Core,
  draft: Draft,
  conversation: string,
  running: readonly (Placed & Running)[],
): Promise<void> {
  const byMoment = new Map<number, Due['messages']>()
  for (const one of running) {
    const due = dueAt(one)
    const together = byMoment.get(due)
    const place = { conversation, order: one.order, id: one.message.id }
    if (together === undefined) byMoment.set(due, [place])
    else together.push(place)
  }
  for (const [due, messages] of byMoment) {
    await fill(draft, due, messages)
    draft.announceOnce(`due:${due}`, () => core.timerBegan(due))
  }
  const told = running.map((one) => ({ id: one.message.id, expiresAt: dueAt(one) }))
  draft.announce(() => core.events.emit('timersBegan', { conversation, messages: told }))
  const latest = (await draft.get(clockRecord, CLOCK))?.latest ?? 0
  if (latest < core.now()) draft.put(clockRecord, CLOCK, { latest: core.now() })
}

async function fill(draft: Draft, due: number, messages: Due['messages']): Promise<void> {
  let left = messages
  for (let at = due; left.length > 0; at += 1) {
    const there = (await draft.get(dueRecord, dueKey(at)))?.messages ?? []
    const room = BUCKET - there.length
    if (room <= 0) continue
    draft.put(dueRecord, dueKey(at), { messages: [...there, ...left.slice(0, room)] })
    left = left.slice(room)
  }
}
