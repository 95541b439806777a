/** Manifests of the web client in the log: each build that is served, once. */

import { fromBase64url } from '#protocol/bytes.ts'
import { type ClientManifestLeaf, writeLeaf } from '#protocol/merkle/leaf.ts'
import type { Sql } from '../sql.ts'

/**
 * A build that was logged before is logged again, as the newest, when it is served this long after another one: then its operator went
 * back to it. Before, it may be an isolate that still runs the former version.
 */
const OVERLAP_MS = 10 * 60_000
/** Manifests of one batch; and what may wait: who deploys that often has made a mistake. */
const BATCH = 16

interface ManifestRow extends Record<string, string | number | null> {
  sequence: number
  digest: string
  position: number
  at: number
}

export interface LoggedManifest {
  readonly position: number
  readonly leaf: Uint8Array
}

const leafOf = (sequence: number, digest: string): Uint8Array => {
  const leaf: ClientManifestLeaf = { kind: 'clientManifest', sequence, digest: fromBase64url(digest) }
  return writeLeaf(leaf)
}

export class Manifests {
  readonly #sql: Sql

  constructor(sql: Sql) {
    this.#sql = sql
  }

  /** Takes a manifest's digest, durably. `waiting` until a batch has it. */
  take(digest: string, now: number): 'logged' | 'waiting' | 'full' {
    const newest = this.#newest()
    if (newest?.digest === digest) return 'logged'
    if (this.#waiting().includes(digest)) return 'waiting'
    if (newest !== undefined && now - newest.at < OVERLAP_MS && this.find(digest) !== undefined) return 'logged'
    if (this.#waiting().length >= BATCH) return 'full'
    this.#sql.exec('INSERT INTO pending_manifests (digest) VALUES (?)', digest)
    return 'waiting'
  }

  get hasPending(): boolean {
    return this.#waiting().length > 0
  }

  /** Makes leaves of what waits, the first at `position`. Within the caller's transaction. */
  drain(position: number, now: number): Uint8Array[] {
    const waiting = this.#waiting()
    let sequence = this.#newest()?.sequence ?? 0
    const leaves = waiting.map((digest, at) => {
      sequence += 1
      this.#sql.exec(
        'INSERT INTO manifests (sequence, digest, position, at) VALUES (?, ?, ?, ?)',
        sequence,
        digest,
        position + at,
        now,
      )
      return leafOf(sequence, digest)
    })
    if (leaves.length > 0) this.#sql.exec('DELETE FROM pending_manifests')
    return leaves
  }

  /** The newest leaf of a manifest. */
  find(digest: string): LoggedManifest | undefined {
    const [row] = this.#sql.exec<ManifestRow>(
      'SELECT * FROM manifests WHERE digest = ? ORDER BY sequence DESC LIMIT 1',
      digest,
    )
    return row && { position: row.position, leaf: leafOf(row.sequence, row.digest) }
  }

  #newest(): ManifestRow | undefined {
    return this.#sql.exec<ManifestRow>('SELECT * FROM manifests ORDER BY sequence DESC LIMIT 1')[0]
  }

  #waiting(): string[] {
    return this.#sql
      .exec<{ digest: string }>('SELECT digest FROM pending_manifests ORDER BY arrival')
      .map(({ digest }) => digest)
  }
}
