import { APPENDED_COLUMNS } from '../queries/audit.ts'

/** Tables that the application reads and changes. The audit log's are not among them. */
const TABLES = [
  'accounts',
  'usernames',
  'invites',
  'invite_redemptions',
  'archived_envelopes',
  'media_objects',
  'media_spent_tokens',
]

/**
 * Statements that give a role what the relay needs and no more: of the audit log, to append entries and heads, and to ask
 * which days need a head. It may not read entries, and nobody but the owner may change one. May be run again.
 */
export function applicationGrants(role: string): string[] {
  const to = `to ${quoted(role)}`
  return [
    `grant usage on schema public ${to}`,
    `grant select, insert, update, delete on ${TABLES.join(', ')} ${to}`,
    `grant insert (${APPENDED_COLUMNS.join(', ')}) on audit_entries ${to}`,
    `grant insert (day, signature) on audit_heads ${to}`,
    `grant execute on function audit_unsealed() ${to}`,
  ]
}

/** Statements that let a role read the audit log, for `npm run audit:verify`, and nothing else. */
export function auditorGrants(role: string): string[] {
  const to = `to ${quoted(role)}`
  return [`grant usage on schema public ${to}`, `grant select on audit_entries, audit_heads, audit_state ${to}`]
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
