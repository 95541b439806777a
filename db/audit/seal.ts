import type { Database } from '../client.ts'
import { insertHead, unsealedDays } from '../queries/audit.ts'
import { type AuditHead, signHead } from './heads.ts'

/**
 * Signs and stores a head for each day that is over, has entries and has no head. `seed`: the signing key, 32 octets. May be
 * called by anybody at any time, also at once and after a crash: a day's head is always the same. Answers the heads that this
 * call stored.
 */
export async function sealAudit(db: Database, seed: Uint8Array): Promise<AuditHead[]> {
  const sealed: AuditHead[] = []
  for (const statement of await unsealedDays(db)) {
    const head = { ...statement, signature: signHead(statement, seed) }
    if (await insertHead(db, head)) sealed.push(head)
  }
  return sealed
}
