/**
 * The rules of the key log: what is taken, in which order it becomes leaves, and what is answered. Every batch is one
 * transaction, from the first leaf to the signed checkpoint, so that for one size there is never more than one root that could leave.
 */

import { fromBase64url, toBase64url } from '#protocol/bytes.ts'
import type { ClientLogAnswer } from '#protocol/http/client-log.ts'
import { type PublishedLog, answerAt, answerGrowth, answerHead, answerLeaf } from '#protocol/merkle/answer.ts'
import { type MapRootLeaf, writeLeaf } from '#protocol/merkle/leaf.ts'
import { leafHash } from '#protocol/merkle/log/hash.ts'
import type { MapPages } from '#protocol/merkle/map/page.ts'
import { updateMap } from '#protocol/merkle/map/update.ts'
import type { LookupHead } from '#protocol/merkle/lookup.ts'
import { formatCheckpoint, parseCheckpoint } from '#protocol/merkle/notes/checkpoint.ts'
import { formatNote, parseNote } from '#protocol/merkle/notes/note.ts'
import { signText } from '#protocol/merkle/notes/sign.ts'
import { addCheckpointRequest } from '#protocol/merkle/notes/witness-request.ts'
import { proveConsistency } from '#protocol/merkle/log/prove.ts'
import type { Sql } from '../sql.ts'
import type { KeyLogKeys } from './keys.ts'
import type { AnswerAt, AppendCall, AppendOutcome, LogAnswer } from './rpc.ts'
import { Cosignatures } from './cosignatures.ts'
import { Manifests } from './manifests.ts'
import { TreeStore } from './tree-store.ts'
import type { Shown } from './witnesses.ts'

/** Leaves of one batch: what the object signs in well below a second. */
const BATCH_LEAVES = 512
/** Rows that may wait: minutes of work. */
const MAX_PENDING = 20_000
/** A map root that is older is followed by a new one when somebody looks: clients may refuse old ones. */
const MAP_ROOT_TTL = 10 * 60_000

interface StateRow extends Record<string, string | number | null> {
  size: number
  epoch: number
  at: number
  entries: number
  map_root: string
  checkpoint: string
  published_size: number
  published_cosignatures: number
}

interface ListRow extends Record<string, string | number | null> {
  version: number
  position: number
  commitment: string
}

interface PendingRow extends Record<string, string | number | null> {
  arrival: number
  account_index: string
  version: number
  commitment: string
}

/** A checkpoint to be published. */
export interface UnpublishedCheckpoint {
  readonly size: number
  /** The note, with the cosignatures that there are. */
  readonly text: string
  readonly cosignatures: number
}

const EMPTY: StateRow = {
  size: 0,
  epoch: 0,
  at: 0,
  entries: 0,
  map_root: '',
  checkpoint: '',
  published_size: 0,
  published_cosignatures: 0,
}

export class Sequencer {
  readonly tree: TreeStore
  readonly cosignatures: Cosignatures
  readonly manifests: Manifests
  readonly #sql: Sql
  readonly #keys: KeyLogKeys
  readonly #pages: MapPages

  /** Over a storage that has the schema. */
  constructor(sql: Sql, keys: KeyLogKeys) {
    this.#sql = sql
    this.#keys = keys
    this.tree = new TreeStore(sql)
    this.cosignatures = new Cosignatures(sql)
    this.manifests = new Manifests(sql)
    this.#pages = {
      get: (path) => {
        const [row] = sql.exec<{ page: string }>('SELECT page FROM map_pages WHERE path = ?', path)
        return row && fromBase64url(row.page)
      },
      put: (path, page) => {
        sql.exec('INSERT OR REPLACE INTO map_pages (path, page) VALUES (?, ?)', path, toBase64url(page))
      },
    }
  }

  /** Takes a version, durably. `waiting` until a batch has it. */
  append({ index, version, commitment }: AppendCall): AppendOutcome | 'waiting' {
    return this.#sql.transaction(() => {
      const logged = this.#list(index, version)
      if (logged !== undefined) return logged.commitment === commitment ? 'logged' : 'conflict'
      const waiting = this.#sql.exec<PendingRow>(
        'SELECT * FROM pending WHERE account_index = ? ORDER BY version DESC',
        index,
      )
      const same = waiting.find((row) => row.version === version)
      if (same !== undefined) return same.commitment === commitment ? 'waiting' : 'conflict'
      const last = waiting[0]?.version ?? this.#newest(index)?.version
      if (last !== undefined && version !== last + 1) return 'notNext'
      if (this.#pendingCount() >= MAX_PENDING) return 'full'
      this.#sql.exec(
        'INSERT INTO pending (account_index, version, commitment) VALUES (?, ?, ?)',
        index,
        version,
        commitment,
      )
      return 'waiting'
    })
  }

  get hasPending(): boolean {
    return this.#sql.exec('SELECT arrival FROM pending LIMIT 1').length > 0 || this.manifests.hasPending
  }

  /** Whether a new map root is due although nothing changed: there is none yet, or it is old. */
  isStale(now: number): boolean {
    const { size, at } = this.#state()
    return size === 0 || at + MAP_ROOT_TTL <= now
  }

  /**
   * Logs what waits, and the map root after it, and signs the checkpoint: all, or, when it throws, nothing.
   *
   * @param evenIfNothing whether to end an epoch in which nothing changed
   */
  sequence(now: number, evenIfNothing = false): void {
    this.#sql.transaction(() => {
      const batch = this.#sql.exec<PendingRow>('SELECT * FROM pending ORDER BY arrival LIMIT ?', BATCH_LEAVES)
      if (batch.length === 0 && !this.manifests.hasPending && !evenIfNothing) return
      const before = this.#state()
      let { entries } = before
      const leaves = this.manifests.drain(before.size, now)
      const changes = batch.map(({ account_index: accountIndex, version, commitment }) => {
        const index = fromBase64url(accountIndex)
        const leaf = writeLeaf({ kind: 'deviceList', index, version, commitment: fromBase64url(commitment) })
        if (this.#newest(accountIndex) === undefined) entries += 1
        this.#sql.exec(
          'INSERT INTO lists (account_index, version, position, commitment) VALUES (?, ?, ?, ?)',
          accountIndex,
          version,
          before.size + leaves.length,
          commitment,
        )
        leaves.push(leaf)
        return { index, value: leafHash(leaf) }
      })
      const mapRoot: MapRootLeaf = {
        kind: 'mapRoot',
        epoch: before.epoch + 1,
        at: Math.max(before.at, now),
        entries,
        root: updateMap(this.#pages, changes),
        indexKey: this.#keys.indexKey.publicKey,
      }
      leaves.push(writeLeaf(mapRoot))
      const root = this.tree.append(before.size, leaves)
      this.#sql.exec('DELETE FROM pending WHERE arrival <= ?', batch.at(-1)?.arrival ?? 0)
      this.#save(before, mapRoot, before.size + leaves.length, root)
    })
  }

  /**
   * The answer about some indexes, without what opens their entries. There is a checkpoint: see {@link isStale}.
   *
   * @param witnesses whose newest cosignatures come with it
   */
  lookup(indexes: readonly string[], since: number, witnesses: readonly string[] = []): LogAnswer {
    const published = this.#published()
    return {
      head: this.#head(published, since, witnesses),
      at: indexes.map((index) => this.#answerAt(published, index)),
    }
  }

  /** Whether a manifest of the web client is in the log, and what proves it. There is a checkpoint, as for {@link lookup}. */
  client(digest: string, since: number, witnesses: readonly string[] = []): ClientLogAnswer {
    const published = this.#published()
    const found = this.manifests.find(digest)
    const manifest = found && answerLeaf(published, found.position, found.leaf)
    return { ...this.#head(published, since, witnesses), ...(manifest && { manifest }) }
  }

  #published(): PublishedLog {
    const { size, checkpoint, map_root: mapRoot } = this.#state()
    return {
      checkpoint,
      size,
      read: this.tree.reader(size),
      pages: this.#pages,
      mapRoot: fromBase64url(mapRoot),
    }
  }

  #head(published: PublishedLog, since: number, witnesses: readonly string[]): LookupHead {
    const cosigned = this.cosignatures.newest(witnesses)
    const witnessed = cosigned && {
      checkpoint: cosigned.checkpoint,
      consistency: answerGrowth(published, cosigned.size),
    }
    // Who pinned more than there is has to be told so: of that the smaller checkpoint is the whole proof.
    return { ...answerHead(published, since > published.size ? 0 : since), ...(witnessed && { witnessed }) }
  }

  /** Size of the newest checkpoint. */
  get size(): number {
    return this.#state().size
  }

  /** The newest checkpoint as a witness is shown it, which stands at another size: that it grew from there. */
  shownFrom(stands: number): Shown {
    const { size, checkpoint } = this.#state()
    // From nothing anything can grow. A witness that is ahead has seen a log that this is not, and will say so.
    const proof = stands === 0 || stands > size ? [] : proveConsistency(this.tree.reader(size), stands, size)
    return { size, checkpoint, request: addCheckpointRequest(Math.min(stands, size), proof, checkpoint) }
  }

  #answerAt(published: PublishedLog, index: string): AnswerAt {
    const newest = this.#newest(index)
    const octets = fromBase64url(index)
    const entry = newest && {
      position: newest.position,
      leaf: writeLeaf({
        kind: 'deviceList',
        index: octets,
        version: newest.version,
        commitment: fromBase64url(newest.commitment),
      }),
    }
    return { proof: answerAt(published, octets, entry), version: newest?.version }
  }

  /**
   * Whether what was published can be of this log: it is not ahead of it, nor another one of the same size. If not, this storage is an
   * older state of the log, and to go on from it would be to sign second roots.
   */
  isAtLeast(published: string): boolean {
    const head = parseCheckpoint(parseNote(published)?.text ?? '')
    const { size, checkpoint } = this.#state()
    const isSame = parseNote(published)?.text === parseNote(checkpoint)?.text
    return head !== undefined && (head.size < size || (head.size === size && isSame))
  }

  /** The checkpoint that R2 does not have yet, or not with all cosignatures that there are of it. */
  get unpublishedCheckpoint(): UnpublishedCheckpoint | undefined {
    const { size, checkpoint, published_size: published, published_cosignatures: had } = this.#state()
    const { checkpoint: text, count } = this.cosignatures.at(size) ?? { checkpoint, count: 0 }
    return size > published || count > had ? { size, text, cosignatures: count } : undefined
  }

  /** R2 has the checkpoint of that size, with so many cosignatures. */
  checkpointPublished({ size, cosignatures }: Omit<UnpublishedCheckpoint, 'text'>): void {
    this.#sql.exec(
      `UPDATE state SET published_size = ?1, published_cosignatures = CASE WHEN size = ?1 THEN ?2 ELSE 0 END
       WHERE id = 1 AND published_size <= ?1`,
      size,
      cosignatures,
    )
  }

  #save(before: StateRow, { epoch, at, entries, ...mapRoot }: MapRootLeaf, size: number, root: Uint8Array): void {
    const { origin, signer } = this.#keys
    const text = formatCheckpoint({ origin, size, root, extensions: [] })
    this.#sql.exec(
      'INSERT OR REPLACE INTO state (id, size, epoch, at, entries, map_root, checkpoint, published_size) VALUES (1, ?, ?, ?, ?, ?, ?, ?)',
      size,
      epoch,
      at,
      entries,
      toBase64url(writeLeaf({ ...mapRoot, epoch, at, entries })),
      formatNote({ text, signatures: [signText(signer, text)] }),
      before.published_size,
    )
  }

  #state(): StateRow {
    return this.#sql.exec<StateRow>('SELECT * FROM state')[0] ?? EMPTY
  }

  #list(index: string, version: number): ListRow | undefined {
    return this.#sql.exec<ListRow>(
      'SELECT version, position, commitment FROM lists WHERE account_index = ? AND version = ?',
      index,
      version,
    )[0]
  }

  #newest(index: string): ListRow | undefined {
    return this.#sql.exec<ListRow>(
      'SELECT version, position, commitment FROM lists WHERE account_index = ? ORDER BY version DESC LIMIT 1',
      index,
    )[0]
  }

  #pendingCount(): number {
    // Arrivals have no gaps, and go in order: so their ends tell how many there are, without counting.
    const [row] = this.#sql.exec<{ count: number | null }>(
      'SELECT max(arrival) - min(arrival) + 1 AS count FROM pending',
    )
    return row?.count ?? 0
  }
}
