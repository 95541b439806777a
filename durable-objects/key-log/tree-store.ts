/**
 * The log's tree in SQLite: every tile and bundle, as wide as it is now. They all stay, so that proofs are made without R2, and
 * R2 can be filled again.
 */

import { concatBytes, fromBase64url, toBase64url } from '#protocol/bytes.ts'
import { writeBundle } from '#protocol/merkle/log/bundles.ts'
import { append, edgeRoot, readEdge } from '#protocol/merkle/log/edge.ts'
import { leafHash } from '#protocol/merkle/log/hash.ts'
import type { ReadNode } from '#protocol/merkle/log/nodes.ts'
import { tileNodes } from '#protocol/merkle/log/tile-nodes.ts'
import { TILE_WIDTH, bundlePath, tilePath } from '#protocol/merkle/log/tiles.ts'
import type { Sql } from '../sql.ts'

/** A tile's key is its level and index in one integer; bundles stand above the seven levels that 2^53 leaves have. */
const LEVEL_SPAN = 2 ** 46
const BUNDLES = 7

/** Nodes are remembered by a reader: one that has served so many calls is dropped, so that they do not fill the object's memory. */
const READER_USES = 128

const slotOf = (level: number, index: number): number => level * LEVEL_SPAN + index

function pathOf(slot: number, width: number): string {
  const [level, index] = [Math.floor(slot / LEVEL_SPAN), slot % LEVEL_SPAN]
  return level === BUNDLES ? bundlePath({ index, width }) : tilePath({ level, index, width })
}

/** A tile or bundle that R2 does not have yet. */
export interface UnpublishedTile {
  readonly slot: number
  readonly width: number
  /** Below the log's folder. */
  readonly path: string
  readonly bytes: Uint8Array<ArrayBuffer>
}

interface TileRow extends Record<string, string | number | null> {
  slot: number
  width: number
  bytes: string
}

export class TreeStore {
  readonly #sql: Sql
  #reader: { readonly size: number; readonly read: ReadNode; uses: number } | undefined

  constructor(sql: Sql) {
    this.#sql = sql
  }

  /** Adds leaves after the first `size`, and gives the new root. Within the caller's transaction. */
  append(size: number, leaves: readonly Uint8Array[]): Uint8Array {
    const edge = readEdge(size, ({ level, index, width }) => this.#bytes(slotOf(level, index), width))
    if (edge === undefined) throw new Error('The log’s edge is damaged.')
    const grown = append(edge, leaves.map(leafHash))
    for (const { level, index, width, bytes } of grown.tiles) this.#put(slotOf(level, index), width, bytes)
    this.#appendBundles(size, leaves)
    return edgeRoot(grown.edge)
  }

  /** Reads the nodes of the tree of `size` leaves, which is the present one. */
  reader(size: number): ReadNode {
    if (this.#reader?.size !== size || this.#reader.uses >= READER_USES) {
      const read = tileNodes(size, ({ level, index, width }) => this.#bytes(slotOf(level, index), width))
      this.#reader = { size, read, uses: 0 }
    }
    this.#reader.uses += 1
    return this.#reader.read
  }

  /** Full tiles and bundles that R2 does not have: they never change again. */
  unpublishedFull(limit: number): UnpublishedTile[] {
    return this.#unpublished(TILE_WIDTH, limit)
  }

  /** All that R2 does not have: with no full ones left, at most one for each level. */
  unpublished(): UnpublishedTile[] {
    return this.#unpublished(1, -1)
  }

  /** R2 has them, of the width that they had then. */
  published(tiles: readonly UnpublishedTile[]): void {
    for (const { slot, width } of tiles) {
      this.#sql.exec('UPDATE tiles SET published_width = ?1 WHERE slot = ?2 AND published_width < ?1', width, slot)
    }
  }

  /** Of at least `width`; a negative limit is none. */
  #unpublished(width: number, limit: number): UnpublishedTile[] {
    return this.#sql
      .exec<TileRow>(
        'SELECT slot, width, bytes FROM tiles WHERE published_width < width AND width >= ? ORDER BY slot LIMIT ?',
        width,
        limit,
      )
      .map((row) => ({
        slot: row.slot,
        width: row.width,
        path: pathOf(row.slot, row.width),
        bytes: fromBase64url(row.bytes),
      }))
  }

  #appendBundles(size: number, leaves: readonly Uint8Array[]): void {
    let at = 0
    while (at < leaves.length) {
      const index = Math.floor((size + at) / TILE_WIDTH)
      const had = (size + at) % TILE_WIDTH
      const some = leaves.slice(at, at + TILE_WIDTH - had)
      const slot = slotOf(BUNDLES, index)
      const before = had === 0 ? new Uint8Array(0) : this.#bytes(slot, had)
      if (before === undefined) throw new Error('The log’s last bundle is damaged.')
      this.#put(slot, had + some.length, concatBytes(before, writeBundle(some)))
      at += some.length
    }
  }

  #bytes(slot: number, width: number): Uint8Array | undefined {
    const [row] = this.#sql.exec<TileRow>('SELECT slot, width, bytes FROM tiles WHERE slot = ?', slot)
    return row?.width === width ? fromBase64url(row.bytes) : undefined
  }

  #put(slot: number, width: number, bytes: Uint8Array): void {
    this.#sql.exec(
      `INSERT INTO tiles (slot, width, published_width, bytes) VALUES (?, ?, 0, ?)
       ON CONFLICT (slot) DO UPDATE SET width = excluded.width, bytes = excluded.bytes`,
      slot,
      width,
      toBase64url(bytes),
    )
  }
}
