import { DatabaseSync, type StatementSync } from 'node:sqlite'
import type { Sql, SqlRow, SqlValue } from '../sql.ts'

/** SQLite in memory as the rules' {@link Sql}, so that they are tested without workerd. */
export function nodeSql(): Sql & { statements: number } {
  const database = new DatabaseSync(':memory:')
  const prepared = new Map<string, StatementSync>()
  let depth = 0
  const sql = {
    statements: 0,
    exec<Row extends SqlRow>(statement: string, ...bindings: SqlValue[]): Row[] {
      sql.statements += 1
      const ready = prepared.get(statement) ?? database.prepare(statement)
      prepared.set(statement, ready)
      return ready.all(...bindings) as Row[]
    },
    transaction<T>(work: () => T): T {
      const name = `level_${depth}`
      database.exec(`SAVEPOINT ${name}`)
      depth += 1
      try {
        const result = work()
        database.exec(`RELEASE ${name}`)
        return result
      } catch (error) {
        database.exec(`ROLLBACK TO ${name}; RELEASE ${name}`)
        throw error
      } finally {
        depth -= 1
      }
    },
  }
  return sql
}
