/** How accounts call themselves: told to each contact, and to the own devices, inside the encryption. */

import type { Profile } from '#protocol/content/content.ts'
import { conversationOf, putConversation } from './conversations.ts'
import type { Core } from './core.ts'
import type { Draft } from './draft.ts'
import type { Outbox } from './outbox.ts'
import { ACCOUNT, type Account, accountRecord, conversationRecord, parseRecord } from './records.ts'

export interface ProfileChange {
  readonly profileName?: string
  readonly username?: string | undefined
}

export function ownProfile({ profileName, username }: Account): Profile {
  return { kind: 'profile', name: profileName, ...(username === undefined ? {} : { username }) }
}

/** Queues the own profile before the first message to an account. */
export async function introduceTo(core: Core, draft: Draft, outbox: Outbox, conversation: string): Promise<void> {
  const record = await conversationOf(draft, conversation)
  const own = core.requireAccount()
  if (record.profileSent || conversation === own.account) return
  outbox.enqueue(draft, { to: conversation, content: ownProfile(own) })
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
    const { username: former, ...kept } = core.requireAccount()
    const username = 'username' in change ? change.username : former
    const account: Account = { ...kept, ...(username === undefined ? {} : { username }) }
    if (change.profileName !== undefined) account.profileName = change.profileName
    saveAccount(core, draft, account)
    const profile = ownProfile(account)
    for (const { partition, value } of await core.store.all('conversation')) {
      if (parseRecord(conversationRecord, value).profileSent) outbox.enqueue(draft, { to: partition, content: profile })
    }
    await groups.changed(draft, profile)
    await outbox.enqueueForOwnDevices(draft, profile)
  })
}

/** What an account says of itself. From the own account: another device changed the common profile. */
export async function learnProfile(core: Core, draft: Draft, account: string, profile: Profile): Promise<void> {
  const own = core.requireAccount()
  const { name, username } = profile
  const named = username === undefined ? {} : { username }
  if (account === own.account) {
    const { username: _former, ...kept } = own
    saveAccount(core, draft, { ...kept, profileName: name, ...named })
  } else {
    const { username: _former, ...kept } = await conversationOf(draft, account)
    putConversation(core, draft, account, { ...kept, name, ...named })
  }
  draft.announce(() => core.events.emit('profile', { account, name, ...named }))
}

export function saveAccount(core: Core, draft: Draft, account: Account): void {
  draft.put(accountRecord, ACCOUNT, account)
  draft.announce(() => {
    core.account = account
  })
}
