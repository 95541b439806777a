/** Makes the audit log's daily heads, once a day is over, from wherever the database is in use anyway. */

import type { Database } from '#db/client.ts'
import { headLine } from '#db/audit/heads.ts'
import { sealAudit } from '#db/audit/seal.ts'
import { fromBase64url } from '#protocol/bytes.ts'
import { errorFields, log } from './log.ts'

const DAY = 24 * 60 * 60 * 1_000
const RETRY_AFTER = 60_000

/** From when on this isolate has something to ask. Every isolate asks once a day: that is one indexed query. */
let askAt = 0

/**
 * Seals the days that are over, if this isolate has not done so today. The log has every new head, so that the platform's logs
 * are a copy outside of the database. Never rejects: the audit log waits, what called does not.
 */
export async function sealWhenDue(db: Database, signingKey: string, now: number): Promise<void> {
  if (now < askAt) return
  askAt = now + RETRY_AFTER
  try {
    const heads = await sealAudit(db, fromBase64url(signingKey))
    for (const head of heads) log('info', 'audit.head', { head: headLine(head) })
    askAt = (Math.floor(now / DAY) + 1) * DAY
  } catch (error) {
    log('warn', 'audit.sealFailed', errorFields(error))
  }
}
