import type { Sql, SqlRow, SqlValue } from './sql.ts'

/** A Durable Object's own SQLite as {@link Sql}. workerd caches the prepared statement of each text. */
export function sqlOf(storage: DurableObjectStorage): Sql {
  return {
    exec: <Row extends SqlRow>(statement: string, ...bindings: SqlValue[]) =>
      storage.sql.exec<Row>(statement, ...bindings).toArray(),
    transaction: (work) => storage.transactionSync(work),
  }
}
