import { newDeliveryKey } from '#protocol/sealed/delivery.ts'
import type { Core } from '../core.ts'
import type { Draft } from '../draft.ts'
import type { Outbox } from '../outbox.ts'
import { accountIn, profileForContacts, saveAccount } from '../profile.ts'
import { type Account, conversationKey, conversationRecord } from '../records.ts'

/**
 * Makes another delivery key, and gives it to the own devices and to all contacts. Whoever is to have it no more must not be
 * one in the draft already. The relay is told afterwards, by `OwnKeys`.
 *
 * @param above a version that was used already
 * @param keepFormer whether the former key opens for a while more
 */
export async function renewDeliveryKey(
  core: Core,
  draft: Draft,
  outbox: Outbox,
  { above, keepFormer }: { readonly above: number; readonly keepFormer: boolean },
): Promise<void> {
  const own = await accountIn(core, draft)
  const former = own.deliveryKey
  const version = 1 + Math.max(above, former?.version ?? 0)
  // A change that the relay has not heard of yet may have been to keep somebody out.
  const isFormerMeant = former === undefined || former.isUploaded || former.keepFormer
  const deliveryKey = { version, key: newDeliveryKey(), isUploaded: false, keepFormer: keepFormer && isFormerMeant }
  const next: Account = { ...own, deliveryKey }
  saveAccount(core, draft, next)
  const profile = profileForContacts(next)
  await outbox.enqueueForOwnDevices(draft, profile)
  for (const { partition } of await core.store.all('conversation')) {
    const contact = await draft.get(conversationRecord, conversationKey(partition))
    if (contact?.profileSent === true) outbox.enqueue(draft, { to: partition, content: profile })
  }
}
