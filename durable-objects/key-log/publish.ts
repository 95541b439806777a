/**
 * Bringing the log to R2, where everybody reads it. Full tiles first, then what is partial, then the checkpoint that covers them: so
 * whoever reads the checkpoint finds its tiles. What is written once more is the same octets.
 */

import { utf8 } from '#protocol/bytes.ts'
import type { Sequencer } from './sequencer.ts'
import type { UnpublishedTile } from './tree-store.ts'

/** Full tiles read into memory at once: 256 KiB. */
const TILES_AT_ONCE = 32

/** Where the log is published. Paths are those of C2SP tlog-tiles. */
export interface PublicFolder {
  put(path: string, bytes: Uint8Array<ArrayBuffer>): Promise<void>
  /** Removes every file whose path begins so. */
  removeBelow(prefix: string): Promise<void>
}

/** Where the checkpoint is, below the log's folder. */
export const CHECKPOINT_PATH = 'checkpoint'

/** Publishes everything up to the checkpoint of now. Rejects as the folder does; then all is tried again. */
export async function publish(log: Sequencer, folder: PublicFolder): Promise<void> {
  const put = async (tiles: readonly UnpublishedTile[]) => {
    await Promise.all(tiles.map(({ path, bytes }) => folder.put(path, bytes)))
    log.tree.published(tiles)
  }
  const completed: string[] = []
  for (;;) {
    const full = log.tree.unpublishedFull(TILES_AT_ONCE)
    if (full.length === 0) break
    await put(full)
    completed.push(...full.map(({ path }) => path))
  }
  // Read together, with nothing awaited in between: these tiles are those of this checkpoint.
  const checkpoint = log.unpublishedCheckpoint
  const tiles = log.tree.unpublished()
  await put(tiles)
  if (checkpoint === undefined) return
  await folder.put(CHECKPOINT_PATH, utf8(checkpoint.text))
  log.checkpointPublished(checkpoint)
  // Readers of older checkpoints take the full tile now (C2SP tlog-tiles, "Partial Tiles"). What a crash leaves over harms nobody.
  for (const path of completed) await folder.removeBelow(`${path}.p/`)
}
