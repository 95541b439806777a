/** Files of the fake engine's conversations: pictures that are drawn here, and every state that a file can be in. */

import { toBase64url } from '#protocol/bytes.ts'
import type { MediaPlace, MediaStatus, MediaView, MessageContent } from '#sdk/index.ts'
import type { EngineApi, EngineEvent } from '../engine/api.ts'

type MediaCommands = Pick<
  EngineApi,
  'sendFiles' | 'cancelFiles' | 'mediaStatus' | 'loadMedia' | 'stopMedia' | 'mediaBlob'
>
type Files = Extract<MessageContent, { kind: 'media' }>

/** What the fake engine has for its files. */
export interface MediaHost {
  emit(event: EngineEvent): void
  fail(code: 'notFound'): never
  filesAt(conversation: string, order: number): Files | undefined
  sendFiles(conversation: string, content: Files, id: string): void
  expire(conversation: string, orders: readonly number[]): void
  byId(id: string): { readonly conversation: string; readonly order: number }
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
const WAVEFORM = toBase64url(
  Uint8Array.from({ length: 48 }, (_, at) => 40 + Math.abs(Math.round(200 * Math.sin(at / 3)))),
)
const THUMBHASH = '3OcRJYB4d3h_iIeHeEh3eIhw-j3A'

const photo = (name: string, width: number, height: number): MediaView => {
  return { view: 'picture', type: 'image/png', name, size: 240_000, width, height, thumbhash: THUMBHASH }
}

/** Names say how a file stands: what the seeded screens show. */
export const FILES = {
  photo: { ...photo('ridge.png', 1_600, 1_200), alt: 'A ridge with snow' },
  album: [photo('one.png', 1_200, 1_600), photo('two.png', 1_600, 900), photo('three.png', 800, 800)],
  film: { ...photo('remote.mp4', 1_920, 1_080), view: 'video', type: 'video/mp4', size: 24_000_000, duration: 12_000 },
  voice: { view: 'voice', type: 'audio/webm', size: 31_000, duration: 7_400, waveform: WAVEFORM },
  file: {
    view: 'file',
    type: 'application/pdf',
    name: 'remote hut rules, translated and annotated by everybody.pdf',
    size: 1_400_000,
  },
  gone: { view: 'file', type: 'application/zip', name: 'gone.zip', size: 90_000_000 },
  damaged: { ...photo('damaged.png', 1_600, 1_000) },
  going: { ...photo('going.png', 1_600, 1_000), size: 8_300_000 },
  copying: { ...photo('copying.png', 1_600, 1_000), size: 9_100_000 },
  waiting: { view: 'file', type: 'application/zip', name: 'waiting.zip', size: 64_000_000 },
} as const satisfies Record<string, MediaView | readonly MediaView[]>

function statusOf({ name = '', size }: MediaView): MediaStatus {
  if (name.startsWith('remote')) return { state: 'remote' }
  if (name.startsWith('gone')) return { state: 'failed', code: 'mediaGone' }
  if (name.startsWith('damaged')) return { state: 'failed', code: 'mediaCorrupted' }
  if (name.startsWith('going')) return { state: 'uploading', done: size * 0.4, total: size }
  if (name.startsWith('copying')) return { state: 'copying', done: size * 0.6, total: size }
  if (name.startsWith('waiting')) return { state: 'uploading', done: size * 0.1, total: size, waits: 'quota' }
  return { state: 'here' }
}

export class FakeMedia {
  readonly #host: MediaHost
  readonly #statuses = new Map<string, MediaStatus>()
  readonly #blobs = new Map<string, Blob>()

  constructor(host: MediaHost) {
    this.#host = host
  }

  readonly commands: MediaCommands = {
    sendFiles: async (conversation, files, { body, styles, mentions }, id) => {
      await wait(60)
      files.forEach(({ file }, item) => this.#blobs.set(`${id} ${item}`, file))
      const items = files.map(({ file, ...view }) => ({ ...view, size: file.size }))
      const words =
        body === undefined || body === '' ? {} : { body, ...(styles && { styles }), ...(mentions && { mentions }) }
      this.#host.sendFiles(conversation, { kind: 'media', items, ...words }, id)
    },
    cancelFiles: async (conversation, id) => {
      await wait(20)
      this.#host.expire(conversation, [this.#host.byId(id).order])
    },
    mediaStatus: async ({ conversation, order }) => {
      await wait(5)
      const files = this.#host.filesAt(conversation, order) ?? this.#host.fail('notFound')
      return files.items.map((view, item) => this.#statuses.get(`${conversation} ${order} ${item}`) ?? statusOf(view))
    },
    loadMedia: async (place) => {
      const view = this.#viewAt(place)
      const was = statusOf(view)
      for (const share of [0, 0.3, 0.7]) {
        this.#tell(place, { state: 'downloading', done: view.size * share, total: view.size })
        await wait(150)
      }
      this.#tell(place, was.state === 'failed' ? was : { state: 'here' })
    },
    stopMedia: async (place) => {
      await wait(5)
      this.#tell(place, { state: 'remote' })
    },
    mediaBlob: async (place) => {
      await wait(5)
      return this.#blobs.get(`${place.id} ${place.item}`) ?? drawn(this.#viewAt(place), place.order + place.item)
    },
  }

  #viewAt({ conversation, order, item }: MediaPlace): MediaView {
    return this.#host.filesAt(conversation, order)?.items[item] ?? this.#host.fail('notFound')
  }

  #tell(place: MediaPlace, status: MediaStatus): void {
    this.#statuses.set(`${place.conversation} ${place.order} ${place.item}`, status)
    this.#host.emit({ type: 'media', place, status })
  }
}

/** A slope under a sky. */
async function drawn({ width = 4, height = 3 }: MediaView, seed: number): Promise<Blob> {
  const canvas = new OffscreenCanvas(Math.round(width / 4), Math.round(height / 4))
  const context = canvas.getContext('2d')
  if (context === null) return new Blob()
  const sky = context.createLinearGradient(0, 0, 0, canvas.height)
  sky.addColorStop(0, `hsl(${200 + seed * 17} 60% 45%)`)
  sky.addColorStop(1, `hsl(${30 + seed * 11} 70% 85%)`)
  context.fillStyle = sky
  context.fillRect(0, 0, canvas.width, canvas.height)
  context.fillStyle = '#f4fbff'
  context.beginPath()
  context.moveTo(0, canvas.height)
  context.lineTo(canvas.width * (0.3 + (seed % 3) / 8), canvas.height * 0.35)
  context.lineTo(canvas.width, canvas.height)
  context.fill()
  return canvas.convertToBlob({ type: 'image/png' })
}
