/** What writes the audit log, with the query builder behind it: loaded when there is something to write. */

export { appendAudit } from '#db/queries/audit.ts'
export { sealWhenDue } from '../audit-sealing.ts'
