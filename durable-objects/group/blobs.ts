import type { Sql } from '../sql.ts'

/** Characters of one part: a row of a Durable Object's SQLite ends at 2 MB. */
const PART = 1_000_000

/** Long base64url texts by name. */
export class Blobs {
  readonly #sql: Sql

  constructor(sql: Sql) {
    this.#sql = sql
  }

  put(name: string, text: string): void {
    this.delete(name)
    for (let part = 0; part * PART < text.length; part += 1) {
      const slice = text.slice(part * PART, (part + 1) * PART)
      this.#sql.exec('INSERT INTO blobs (name, part, text) VALUES (?, ?, ?)', name, part, slice)
    }
  }

  get(name: string): string | undefined {
    const parts = this.#sql.exec<{ text: string }>('SELECT text FROM blobs WHERE name = ? ORDER BY part', name)
    return parts.length === 0 ? undefined : parts.map(({ text }) => text).join('')
  }

  delete(name: string): void {
    this.#sql.exec('DELETE FROM blobs WHERE name = ?', name)
  }
}
