/** A key log with its rules only, over SQLite in memory, and a folder in the place of R2. */

import { toBase64url } from '#protocol/bytes.ts'
import { type AuditReport, auditLog } from '#protocol/merkle/audit/audit.ts'
import type { NoteKey } from '#protocol/merkle/notes/keys.ts'
import { migrate } from '../../migrations.ts'
import type { Sql } from '../../sql.ts'
import { nodeSql } from '../../testing/node-sql.ts'
import { type KeyLogKeys, keyLogKeys } from '../keys.ts'
import type { PublicFolder } from '../publish.ts'
import { MIGRATIONS } from '../schema.ts'
import { Sequencer } from '../sequencer.ts'

const derived = keyLogKeys({
  KEY_LOG_SECRET: toBase64url(new Uint8Array(32).fill(9)),
  KEY_LOG_ORIGIN: 'test.example/keys',
})
if (derived === undefined) throw new Error('no keys')
export const KEYS: KeyLogKeys = derived

/** A log's rules, over a fresh storage or one that was written before. */
export function openLog(sql: Sql = nodeSql()): Sequencer {
  migrate(sql, MIGRATIONS)
  return new Sequencer(sql, KEYS)
}

export class MemoryFolder implements PublicFolder {
  readonly files = new Map<string, Uint8Array<ArrayBuffer>>()
  /** Every checkpoint that was ever published. */
  readonly checkpoints: string[] = []

  async put(path: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    this.files.set(path, bytes)
    if (path === 'checkpoint') this.checkpoints.push(new TextDecoder().decode(bytes))
  }

  async removeBelow(prefix: string): Promise<void> {
    for (const path of this.files.keys()) if (path.startsWith(prefix)) this.files.delete(path)
  }

  /** Audits what is here from the beginning. */
  audit(witnesses: readonly NoteKey[] = []): Promise<AuditReport> {
    const { origin, signer, indexKey } = KEYS
    const log = { origin, key: signer.key, indexKey: indexKey.publicKey, witnesses }
    return auditLog(log, (path) => Promise.resolve(this.files.get(path)))
  }
}
