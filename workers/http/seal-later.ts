import { waitUntil } from 'cloudflare:workers'
import type { RequestContext } from './context.ts'

/**
 * Has the audit log's days sealed that are over; the request does not wait. To be called where the database was just used: elsewhere
 * it would cost the isolate the evaluation of the driver.
 */
export function sealLater({ config, database, now }: RequestContext): void {
  const sealing = import('#durable-objects/audit-sealing.ts')
  waitUntil(sealing.then(({ sealWhenDue }) => sealWhenDue(database, config.auditSigningKey, now)))
}
