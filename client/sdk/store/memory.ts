import { checkChanges, checkCollection, checkKey, checkPartition, checkRange } from './check.ts'
import { StoreFailedError, StoreLostError } from './errors.ts'
import { fromJsonText } from './json-text.ts'
import { MemoryRecords, type TextRecord } from './memory-records.ts'
import {
  StoreClosedError,
  StoreLockedError,
  type Change,
  type Collection,
  type Json,
  type RangeOptions,
  type RecordKey,
  type Store,
  type StoredRecord,
} from './store.ts'

/** What one name of a {@link MemoryDisk} stands for: it outlives the stores that open it. */
interface Volume {
  readonly name: string
  readonly records: MemoryRecords
  /** The store that holds the lock. Set by `open`; cleared by that store's close, and by `crash`. */
  holder: MemoryStore | undefined
  /** Set by `failNextCommit`, cleared by the commit that it fails. */
  nextFailure: Error | undefined
}

/**
 * Stores that live as long as this object: closing one and opening its name again finds the data, as after a restart.
 * Tests simulate a machine with it, with its crashes and its failing disk.
 */
export class MemoryDisk {
  readonly #volumes = new Map<string, Volume>()

  /** @throws StoreLockedError while the name is open. */
  async open(name: string): Promise<Store> {
    const volume = this.#volume(name)
    if (volume.holder !== undefined) throw new StoreLockedError(name)
    return (volume.holder = new MemoryStore(volume))
  }

  /** The next valid commit on this name applies nothing and rejects, by default with a {@link StoreFailedError}. */
  failNextCommit(name: string, error?: Error): void {
    const cause = new Error('A commit was made to fail.')
    this.#volume(name).nextFailure = error ?? new StoreFailedError(name, { cause })
  }

  /**
   * What a killed process leaves: committed batches stay, the lock is free, and whatever still holds the old store gets
   * {@link StoreLostError} from every call.
   */
  crash(name: string): void {
    this.#volumes.get(name)?.holder?.lose()
  }

  #volume(name: string): Volume {
    let volume = this.#volumes.get(name)
    if (volume === undefined) {
      volume = { name, records: new MemoryRecords(), holder: undefined, nextFailure: undefined }
      this.#volumes.set(name, volume)
    }
    return volume
  }
}

const processDisk = new MemoryDisk()

/**
 * Opens a store that lasts as long as the process (or as `disk`).
 *
 * @throws StoreLockedError while another engine of the process has the name open.
 */
export function openMemoryStore(name: string, disk: MemoryDisk = processDisk): Promise<Store> {
  return disk.open(name)
}

class MemoryStore implements Store {
  readonly #volume: Volume
  /** Why calls are refused. Set once by the loss of the lock, and by `close`. */
  #ended: Error | undefined

  constructor(volume: Volume) {
    this.#volume = volume
  }

  async get(key: RecordKey): Promise<Json | undefined> {
    return this.#read(this.#records(), key)
  }

  async getMany(keys: readonly RecordKey[]): Promise<readonly (Json | undefined)[]> {
    const records = this.#records()
    return keys.map((key) => this.#read(records, key))
  }

  async range(collection: Collection, partition: string, options: RangeOptions = {}): Promise<readonly StoredRecord[]> {
    const records = this.#records()
    return records.range(checkCollection(collection), checkPartition(partition), checkRange(options)).map(toRecord)
  }

  async all(collection: Collection): Promise<readonly StoredRecord[]> {
    return this.#records().all(checkCollection(collection)).map(toRecord)
  }

  async commit(changes: readonly Change[]): Promise<void> {
    const records = this.#records()
    const checked = checkChanges(changes)
    const failure = this.#volume.nextFailure
    if (failure !== undefined) {
      this.#volume.nextFailure = undefined
      throw failure
    }
    records.apply(checked)
  }

  async close(): Promise<void> {
    this.#end(new StoreClosedError())
  }

  lose(): void {
    this.#end(new StoreLostError(this.#volume.name))
  }

  #end(reason: Error): void {
    this.#ended = reason
    if (this.#volume.holder === this) this.#volume.holder = undefined
  }

  #records(): MemoryRecords {
    if (this.#ended !== undefined) throw this.#ended
    return this.#volume.records
  }

  #read(records: MemoryRecords, key: RecordKey): Json | undefined {
    const text = records.get(checkKey(key))
    return text === undefined ? undefined : fromJsonText(text)
  }
}

function toRecord({ partition, order, text }: TextRecord): StoredRecord {
  return { partition, order, value: fromJsonText(text) }
}
