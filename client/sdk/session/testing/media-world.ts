/** Engines whose files go to a storage in memory, and whose disks can be looked into. */

import { concatBytes } from '#protocol/bytes.ts'
import { type MemoryChunks, openMemoryMediaStore } from '../../media/memory.ts'
import { octetsOf } from '../../media/testing/octets.ts'
import type { Engine } from '../engine.ts'
import type { MediaFile } from '../media/compose.ts'
import type { MediaPlace } from '../media/status.ts'
import type { EngineOptions } from '../open-engine.ts'
import { FakeMedia } from './fake-media.ts'
import { Harness } from './harness.ts'

/** A file of so many octets. */
export function picture(size: number, more: Partial<MediaFile> = {}): MediaFile {
  return { file: new Blob([octetsOf(size)]), view: 'picture', type: 'image/jpeg', name: 'a.jpg', ...more }
}

export class MediaWorld extends Harness {
  readonly media = new FakeMedia()
  readonly #chunks = new Map<string, MemoryChunks>()

  constructor(options: Partial<EngineOptions> = {}) {
    super(options)
    this.relay.media = this.media
  }

  protected override optionsFor(name: string): Partial<EngineOptions> {
    return { mediaStore: openMemoryMediaStore(this.chunks(name)) }
  }

  /** What stands on a device's disk. */
  chunks(name: string): MemoryChunks {
    const chunks = this.#chunks.get(name) ?? (new Map() as MemoryChunks)
    this.#chunks.set(name, chunks)
    return chunks
  }
}

/** Where the last message with files is. */
export async function lastPlace(engine: Engine, conversation: string, item = 0): Promise<MediaPlace> {
  const message = (await engine.messages(conversation)).findLast(({ content }) => content.kind === 'media')
  if (message === undefined) throw new Error('no files')
  return { conversation, order: message.order, id: message.id, item }
}

/** A file that is here. */
export async function octetsAt(engine: Engine, place: MediaPlace): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  for await (const part of engine.media.read(place)) parts.push(part)
  return concatBytes(...parts)
}
