/** A contact whose identity key is another than the pinned one: everything to it waits until the user has decided. */

import { setMessageState } from './conversations.ts'
import type { Core } from './core.ts'
import type { Draft } from './draft.ts'
import type { Outbox } from './outbox.ts'
import {
  deviceListKey,
  identityKey,
  identityRecord,
  parseRecord,
  quarantineKey,
  quarantineRecord,
  QUARANTINE,
  sessionKey,
} from './records.ts'
import { askAgain } from './retry.ts'

/** Shows that messages wait, and tells the application. The offered key stands in the draft already. */
export async function holdMessagesTo(core: Core, draft: Draft, outbox: Outbox, account: string): Promise<void> {
  const own = core.requireAccount().account
  for (const { item } of outbox.entries.values()) {
    if (item.to === account && item.message !== undefined) {
      await setMessageState(core, draft, own, item.message.id, 'blocked')
    }
  }
  draft.announceOnce(`identity:${account}`, () => core.events.emit('identityChanged', { account }))
}

/**
 * Trusts the key that the account came with: sessions and device list of the former one go, what waited is encrypted anew,
 * and what came under the new key meanwhile is asked for again. `false` when there was nothing to accept, or another key
 * than was meant.
 */
export function acceptOfferedIdentity(
  core: Core,
  outbox: Outbox,
  account: string,
  isMeant: (offered: string) => boolean,
): Promise<boolean> {
  return core.transact(async (draft) => {
    const pinned = await draft.get(identityRecord, identityKey(account))
    if (pinned?.offered === undefined || !isMeant(pinned.offered)) return false
    draft.put(identityRecord, identityKey(account), { key: pinned.offered })
    draft.delete(deviceListKey(account))
    for (const { order } of await core.store.range('session', account)) draft.delete(sessionKey(account, order))
    const own = core.requireAccount().account
    for (const entry of outbox.entries.values()) {
      if (entry.item.to !== account) continue
      const { sealed: _former, ...item } = entry.item
      outbox.update(draft, entry, item)
      draft.announce(() => {
        entry.notBefore = 0
        entry.failures = 0
      })
      if (item.message !== undefined) await setMessageState(core, draft, own, item.message.id, 'queued')
    }
    for (const { order, value } of await core.store.range('quarantine', QUARANTINE)) {
      const envelope = parseRecord(quarantineRecord, value)
      if (envelope.from?.account !== account || envelope.code !== 'identityChanged' || envelope.asked) continue
      askAgain(draft, outbox, account, envelope.messageId)
      draft.put(quarantineRecord, quarantineKey(order), { ...envelope, asked: true })
    }
    return true
  })
}
