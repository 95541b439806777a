/** What witnesses have cosigned, in SQLite: the newest of each. */

import type { LookupHead } from '#protocol/merkle/lookup.ts'
import { parseNote } from '#protocol/merkle/notes/note.ts'
import { withCosignatures } from '#protocol/merkle/notes/witness-request.ts'
import type { Sql } from '../sql.ts'

interface WitnessRow extends Record<string, string | number | null> {
  witness: string
  stands: number
  size: number
  checkpoint: string
  line: string
}

/** A checkpoint with the cosignatures that there are of it. */
export interface Cosigned {
  readonly size: number
  readonly checkpoint: NonNullable<LookupHead['witnessed']>['checkpoint']
  /** How many there are. */
  readonly count: number
}

export class Cosignatures {
  readonly #sql: Sql

  constructor(sql: Sql) {
    this.#sql = sql
  }

  /** The size from which a witness has to be shown how the log grew: 0 before the first. */
  standing(witness: string): number {
    return this.#row(witness)?.stands ?? 0
  }

  /** The size that a witness cosigned last for this log's knowledge. */
  cosignedSize(witness: string): number {
    return this.#row(witness)?.size ?? 0
  }

  /** A witness says that it stands elsewhere. */
  stands(witness: string, size: number): void {
    this.#sql.exec(
      `INSERT INTO witnesses (witness, stands, size, checkpoint, line) VALUES (?1, ?2, 0, '', '')
       ON CONFLICT (witness) DO UPDATE SET stands = excluded.stands`,
      witness,
      size,
    )
  }

  /** A witness has cosigned. */
  put(witness: string, { size, checkpoint, line }: { size: number; checkpoint: string; line: string }): void {
    this.#sql.exec(
      'INSERT OR REPLACE INTO witnesses (witness, stands, size, checkpoint, line) VALUES (?1, ?2, ?2, ?3, ?4)',
      witness,
      size,
      checkpoint,
      line,
    )
  }

  /** The newest checkpoint that one of these witnesses has cosigned, with all their cosignatures of it. */
  newest(witnesses: readonly string[]): Cosigned | undefined {
    const rows = witnesses.map((witness) => this.#row(witness)).filter((row) => row !== undefined && row.size > 0)
    const size = Math.max(0, ...rows.map((row) => row?.size ?? 0))
    return this.#at(rows, size)
  }

  /** The checkpoint of that size with all cosignatures that there are of it; `undefined` for none. */
  at(size: number): Cosigned | undefined {
    return this.#at(this.#sql.exec<WitnessRow>('SELECT * FROM witnesses WHERE size = ?', size), size)
  }

  #at(rows: readonly (WitnessRow | undefined)[], size: number): Cosigned | undefined {
    const same = rows.filter((row): row is WitnessRow => row?.size === size && size > 0)
    const [first] = same
    if (first === undefined) return undefined
    const signatures = same.flatMap(({ line }) => parseNote(`-\n\n${line}`)?.signatures ?? [])
    return { size, checkpoint: withCosignatures(first.checkpoint, signatures), count: signatures.length }
  }

  #row(witness: string): WitnessRow | undefined {
    return this.#sql.exec<WitnessRow>('SELECT * FROM witnesses WHERE witness = ?', witness)[0]
  }
}
