/** Sends what is no message of its own to a conversation of two. */

import type { KnownContent } from '#protocol/content/content.ts'
import type { MessageName } from '#protocol/content/message-name.ts'
import type { Core } from './core.ts'
import type { Draft } from './draft.ts'
import type { Outbox } from './outbox.ts'
import { introduceTo } from './profile.ts'

/**
 * Queues content for the other side, and for the own other devices.
 *
 * @param id the same for both, by which all devices know it
 * @param of the message whose words are in it
 */
export async function say(
  core: Core,
  draft: Draft,
  outbox: Outbox,
  conversation: string,
  content: KnownContent,
  { id, of }: { readonly id: string; readonly of?: MessageName },
): Promise<void> {
  if (conversation !== core.requireAccount().account) {
    await introduceTo(core, draft, outbox, conversation)
    outbox.enqueue(draft, { to: conversation, content, wireId: id, of })
  }
  await outbox.enqueueForOwnDevices(draft, { kind: 'syncSent', to: conversation, messageId: id, content }, of)
}
