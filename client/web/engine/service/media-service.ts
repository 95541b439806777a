/** The commands about files. */

import type { Caption, Engine, MediaFile, MediaPlace, MediaStatus } from '#sdk/index.ts'
import type { EngineApi } from '../api.ts'

export type MediaApi = Pick<
  EngineApi,
  'sendFiles' | 'cancelFiles' | 'mediaStatus' | 'loadMedia' | 'stopMedia' | 'mediaBlob'
>

export class MediaService implements MediaApi {
  readonly #engine: Engine

  constructor(engine: Engine) {
    this.#engine = engine
  }

  async sendFiles(conversation: string, files: readonly MediaFile[], caption: Caption, id: string): Promise<void> {
    await this.#engine.sendFiles(conversation, files, { ...caption, id })
  }

  cancelFiles(conversation: string, id: string): Promise<void> {
    return this.#engine.media.cancel(conversation, id)
  }

  mediaStatus(place: Omit<MediaPlace, 'item'>): Promise<readonly MediaStatus[]> {
    return this.#engine.media.status(place)
  }

  loadMedia(place: MediaPlace): Promise<void> {
    return this.#engine.media.download(place)
  }

  stopMedia(place: MediaPlace): Promise<void> {
    return this.#engine.media.cancelDownload(place)
  }

  async mediaBlob(place: MediaPlace): Promise<Blob> {
    const parts: Blob[] = []
    // Each becomes the browser's to keep, where it likes: the worker holds one at a time.
    for await (const octets of this.#engine.media.read(place)) parts.push(new Blob([octets]))
    return new Blob(parts)
  }
}
