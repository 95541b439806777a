import { sql } from 'drizzle-orm'
import type { Database } from '../client.ts'

/** Resolves when the database answers. Throws `DatabaseUnavailableError`. */
export async function ping(db: Database): Promise<void> {
  await db.run((statements) => statements.execute(sql`select 1`))
}
