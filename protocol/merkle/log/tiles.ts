/** Names and shapes of tiles: C2SP tlog-tiles. Tiles are 8 levels high: a full one holds 256 hashes. */

/** Hashes of a full tile, and entries of a full bundle. */
export const TILE_WIDTH = 256
/** Levels of the tree that one level of tiles spans. */
export const TILE_HEIGHT = 8

/** A tile: its level among tiles, its index within the level, and how many hashes it holds (1 to 256). */
export interface TileId {
  readonly level: number
  readonly index: number
  readonly width: number
}

/** A bundle of log entries, which stands beside the tile of level 0 with the same index and width. */
export interface BundleId {
  readonly index: number
  readonly width: number
}

/** Hashes that level `level` of tiles holds for a tree of `size` leaves. */
export function hashesAt(level: number, size: number): number {
  return Math.floor(size / TILE_WIDTH ** level)
}

/** The tile of that level and index as it stands in a tree of `size` leaves. `undefined` when it is not there yet. */
export function tileAt(level: number, index: number, size: number): TileId | undefined {
  const width = Math.min(TILE_WIDTH, hashesAt(level, size) - index * TILE_WIDTH)
  return width > 0 ? { level, index, width } : undefined
}

/**
 * The tiles that a tree of `after` leaves has and one of `before` leaves has not, partial ones by their width: what to write
 * for a new checkpoint, the lowest level first. A level that did not gain a hash is not among them.
 */
export function newTiles(before: number, after: number): TileId[] {
  const tiles: TileId[] = []
  for (let level = 0; hashesAt(level, after) > 0; level += 1) {
    const had = hashesAt(level, before)
    if (hashesAt(level, after) === had) continue
    for (let index = Math.floor(had / TILE_WIDTH); ; index += 1) {
      const tile = tileAt(level, index, after)
      if (tile === undefined) break
      tiles.push(tile)
    }
  }
  return tiles
}

/** The index in groups of three digits, all but the last begun by an x: 1234067 is `x001/x234/067`. */
function indexPath(index: number): string {
  const digits = String(index)
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, '0').match(/\d{3}/g) ?? []
  return groups.map((group, at) => (at === groups.length - 1 ? group : `x${group}`)).join('/')
}

function path(folder: string, index: number, width: number): string {
  return `tile/${folder}/${indexPath(index)}${width === TILE_WIDTH ? '' : `.p/${width}`}`
}

/** Where a tile is served, below the log's prefix. */
export function tilePath({ level, index, width }: TileId): string {
  return path(String(level), index, width)
}

/** Where a bundle of entries is served, below the log's prefix. */
export function bundlePath({ index, width }: BundleId): string {
  return path('entries', index, width)
}

const PATH = /^tile\/(entries|\d{1,2})\/((?:x\d{3}\/){0,5}\d{3})(?:\.p\/(\d{1,3}))?$/

/** Reads a path that a client asked for. `undefined` unless it is exactly what {@link tilePath} or {@link bundlePath} write. */
export function parseTilePath(text: string): TileId | (BundleId & { readonly level: 'entries' }) | undefined {
  const [, folder, groups, partial] = PATH.exec(text) ?? []
  if (folder === undefined || groups === undefined) return undefined
  const index = Number(groups.replaceAll(/[x/]/g, ''))
  const width = partial === undefined ? TILE_WIDTH : Number(partial)
  if (!Number.isSafeInteger(index) || width < 1 || (partial !== undefined && width >= TILE_WIDTH)) return undefined
  // Leading zeroes do not come back as they were.
  if (path(folder === 'entries' ? folder : String(Number(folder)), index, width) !== text) return undefined
  if (folder === 'entries') return { level: 'entries', index, width }
  return Number(folder) > 63 ? undefined : { level: Number(folder), index, width }
}
