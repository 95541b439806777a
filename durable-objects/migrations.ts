import type { Sql } from './sql.ts'

/** `migrations[n]` are the statements that lead from schema n to n + 1. */
export type Migrations = readonly (readonly string[])[]

/** The object's storage was written by a newer build than this one. */
export class NewerSchemaError extends Error {
  override readonly name = 'NewerSchemaError'
  constructor(found: number, known: number) {
    super(`The object's storage has schema ${found}; this build knows ${known}. Deploy the newer build again.`)
  }
}

/** Whether the object has ever been written. Reading this writes nothing, so an object nobody registered stays empty. */
export function isEmpty(sql: Sql): boolean {
  return sql.exec(`SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'schema_version'`).length === 0
}

/**
 * Brings an object's storage to the newest schema, in one transaction. `migrations[n]` leads from version n to n + 1; a
 * migration that was deployed is never edited. Throws {@link NewerSchemaError} after a rollback of the build.
 */
export function migrate(sql: Sql, migrations: Migrations): void {
  sql.transaction(() => {
    sql.exec('CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL)')
    const found = sql.exec<{ version: number }>('SELECT version FROM schema_version')[0]?.version
    if (found !== undefined && found > migrations.length) throw new NewerSchemaError(found, migrations.length)
    for (const statements of migrations.slice(found ?? 0)) {
      for (const statement of statements) sql.exec(statement)
    }
    if (found === undefined) sql.exec('INSERT INTO schema_version (version) VALUES (?)', migrations.length)
    else if (found < migrations.length) sql.exec('UPDATE schema_version SET version = ?', migrations.length)
  })
}
