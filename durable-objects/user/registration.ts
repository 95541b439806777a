/** Writing a new account into its object. */

import { migrate } from '../migrations.ts'
import type { Sql } from '../sql.ts'
import { Account } from './account.ts'
import { checkFirstList } from './device-list-rules.ts'
import { KeyLogOutbox } from './key-log-outbox.ts'
import { Prekeys, isSignedBy } from './prekeys.ts'
import type { Relay, Result } from './relay.ts'
import type { CreateCall } from './rpc.ts'
import { MIGRATIONS } from './schema.ts'

/**
 * Creates the account from its first list, which the database has by now. With `known`, the object's relay, this is a
 * repeated request, or somebody else's id.
 */
export function createAccount(sql: Sql, known: Relay | undefined, call: CreateCall, now: number): Result<true> {
  const first = checkFirstList(call.account, call.deviceList)
  if (!first.ok) return first
  const { list } = first
  const device = list.devices[0]
  if (!device || !call.prekeys.signedPrekey || !isSignedBy(list.identityKey, call.prekeys)) {
    return { ok: false, code: 'prekeyInvalid' }
  }
  if (known) {
    if (known.account.list.identityKey !== list.identityKey) return { ok: false, code: 'accountTaken' }
    // Nobody is logged in here, and who repeats this need not be the owner: one-time keys are unsigned, so none are taken.
    // An account that the database brought back has no signed prekey; this one is the identity's, so it may fill in.
    if (known.prekeys.status(device.id).signedPrekeyId === undefined && known.account.list.version === list.version) {
      known.uploadPrekeys(device.id, { signedPrekey: call.prekeys.signedPrekey, oneTimePrekeys: [] }, now)
    }
    return { ok: true, value: true }
  }
  sql.transaction(() => {
    migrate(sql, MIGRATIONS)
    Account.create(sql, list, call.deviceList, list.version, now)
    new Prekeys(sql).upload(device.id, call.prekeys, now)
    new KeyLogOutbox(sql).note(list.version, call.deviceList.bytes)
  })
  return { ok: true, value: true }
}
