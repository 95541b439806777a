/** The timer of a conversation of two: whoever changed it last, in an order that all devices see alike (SPEC, M-9). */

import type { TimerChange } from '#protocol/content/timer-change.ts'
import type { DeviceAddress } from '#protocol/primitives.ts'
import type { Json } from '../../store/store.ts'
import { addMessage, conversationOf, putConversation } from '../conversations.ts'
import type { Core } from '../core.ts'
import type { Draft } from '../draft.ts'
import type { GroupEvent } from '../events.ts'
import { drawMessageId } from '../message-id.ts'
import type { Outbox } from '../outbox.ts'
import { seenKey, seenRecord } from '../records.ts'
import { isCredible, isLater, nextRevision } from '../revision.ts'
import { say } from '../say.ts'

/** Sets the timer of what is written from now on, by either side. Nothing happens when it is that already. @param seconds 0: messages stay */
export async function setTimer(core: Core, outbox: Outbox, conversation: string, seconds: number): Promise<void> {
  const { account, device } = core.requireAccount()
  await core.transact(async (draft) => {
    const { timer = 0, timerSet } = await conversationOf(draft, conversation)
    if (timer === seconds) return
    const revision = nextRevision(timerSet)
    const content = { kind: 'timer', ...(seconds === 0 ? {} : { seconds }), revision } as const
    const id = drawMessageId()
    await say(core, draft, outbox, conversation, content, { id })
    await timerChanged(core, draft, conversation, { id, from: { account, device }, at: core.now() }, content)
  })
}

/** Takes a change of a conversation's timer. It is shown in any case, once; whether it counts is a matter of order. */
export async function timerChanged(
  core: Core,
  draft: Draft,
  conversation: string,
  change: { readonly id: string; readonly from: DeviceAddress; readonly at: number },
  { seconds, revision }: TimerChange,
): Promise<void> {
  const { id, from, at } = change
  if ((await draft.get(seenRecord, seenKey(from.account, id)))?.order !== undefined) return
  const { timer: _, ...kept } = await conversationOf(draft, conversation)
  const timerSet = { revision, id }
  if (!isCredible(timerSet, kept.timerSet)) return
  if (isLater(timerSet, kept.timerSet)) {
    const next = { ...kept, timerSet, ...(seconds === undefined ? {} : { timer: seconds }) }
    putConversation(core, draft, conversation, next)
  }
  const event: GroupEvent = { event: 'timer', by: from.account, seconds: seconds ?? 0 }
  const row = { id, from, at, state: 'received', content: null, event: event as unknown as Json } as const
  await addMessage(core, draft, conversation, row, core.requireAccount().account)
}
