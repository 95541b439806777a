/** How accounts call themselves: told to each contact, and to the own devices, inside the encryption. */

import type { GivenDeliveryKey, Profile } from '#protocol/content/content.ts'
import { conversationOf, putConversation } from './conversations.ts'
import type { Core } from './core.ts'
import type { Draft } from './draft.ts'
import type { Outbox } from './outbox.ts'
import { ACCOUNT, type Account, accountRecord, conversationRecord, parseRecord } from './records.ts'

export interface ProfileChange {
  readonly profileName?: string
  readonly username?: string | undefined
}

/** How the account calls itself: for everybody, groups included. */
export function ownProfile({ profileName, username }: Account): Profile {
  return { kind: 'profile', name: profileName, ...(username === undefined ? {} : { username }) }
}

/** The same for contacts and own devices, who may write unseen. */
export function profileForContacts(own: Account): Profile {
  const { deliveryKey } = own
  if (deliveryKey === undefined) return ownProfile(own)
  return { ...ownProfile(own), deliveryKey: { version: deliveryKey.version, key: deliveryKey.key } }
}

/** The own account as a draft has it, which may have changed it already. */
export async function accountIn(core: Core, draft: Draft): Promise<Account> {
  return (await draft.get(accountRecord, ACCOUNT)) ?? core.requireAccount()
}

/**
 * Before anything is said to an account: queues the own profile if it does not know that yet. What it has begun is accepted by that.
 *
 * @throws ContactBlockedError
 */
export async function introduceTo(core: Core, draft: Draft, outbox: Outbox, conversation: string): Promise<void> {
  await core.writesTo(draft, conversation)
  const record = await conversationOf(draft, conversation)
  const own = await accountIn(core, draft)
  if (record.profileSent || conversation === own.account) return
  outbox.enqueue(draft, { to: conversation, content: profileForContacts(own) })
  putConversation(core, draft, conversation, { ...record, profileSent: true })
}

/** Changes the own profile, and tells the own devices and everybody who knew the former one, in groups too. */
export async function changeProfile(
  core: Core,
  outbox: Outbox,
  groups: { changed(draft: Draft, profile: Profile): Promise<void> },
  change: ProfileChange,
): Promise<void> {
  await core.transact(async (draft) => {
    const { username: former, ...kept } = await accountIn(core, draft)
    const username = 'username' in change ? change.username : former
    const account: Account = { ...kept, ...(username === undefined ? {} : { username }) }
    if (change.profileName !== undefined) account.profileName = change.profileName
    saveAccount(core, draft, account)
    const profile = profileForContacts(account)
    for (const { partition, value } of await core.store.all('conversation')) {
      if (parseRecord(conversationRecord, value).profileSent) outbox.enqueue(draft, { to: partition, content: profile })
    }
    await groups.changed(draft, ownProfile(account))
    await outbox.enqueueForOwnDevices(draft, profile)
  })
}

/** What an account says of itself. From the own account: another device changed the common profile. */
export async function learnProfile(core: Core, draft: Draft, account: string, profile: Profile): Promise<void> {
  const own = await accountIn(core, draft)
  const { name, username, deliveryKey } = profile
  const named = username === undefined ? {} : { username }
  if (account === own.account) {
    const { username: _former, ...kept } = own
    const key = deliveryKey !== undefined && isAnothers(own.deliveryKey, deliveryKey)
    // Whoever made it has the relay take it; if not, the relay's version says so.
    const adopted = key ? { deliveryKey: { ...deliveryKey, isUploaded: true, keepFormer: true } } : {}
    saveAccount(core, draft, { ...kept, profileName: name, ...named, ...adopted })
  } else {
    const { username: _former, ...kept } = await conversationOf(draft, account)
    const known = kept.deliveryKey
    const isNew =
      deliveryKey !== undefined &&
      (known === undefined ||
        deliveryKey.version > known.version ||
        (deliveryKey.version === known.version && deliveryKey.key !== known.key))
    putConversation(core, draft, account, { ...kept, name, ...named, ...(isNew ? { deliveryKey } : {}) })
  }
  draft.announce(() => core.events.emit('profile', { account, name, ...named }))
}

/** Whether another own device's key takes the place of ours. Of two of one version, the one counts that the relay has. */
function isAnothers(own: Account['deliveryKey'], { version, key }: GivenDeliveryKey): boolean {
  if (own === undefined || version > own.version) return true
  return version === own.version && key !== own.key && !own.isUploaded
}

export function saveAccount(core: Core, draft: Draft, account: Account): void {
  draft.put(accountRecord, ACCOUNT, account)
  draft.announce(() => {
    core.account = account
  })
}
