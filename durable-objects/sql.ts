/**
 * What the rules need of SQLite: synchronous statements and transactions. A Durable Object's storage provides it (see
 * `sql-storage.ts`); so does `node:sqlite`, under which the rules are tested without workerd.
 */

export type SqlValue = string | number | null

export type SqlRow = Record<string, SqlValue>

export interface Sql {
  /** Runs one statement and returns all its rows. */
  exec<Row extends SqlRow = SqlRow>(statement: string, ...bindings: SqlValue[]): Row[]
  /** Runs `work` in a transaction: all of it, or, when it throws, nothing. */
  transaction<T>(work: () => T): T
}
