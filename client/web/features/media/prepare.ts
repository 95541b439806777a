/**
 * Makes of chosen files what is sent: pictures are drawn anew, so that nothing of what a camera writes into them (where it
 * was, when, whose it is) goes along; films get a small picture. Whatever cannot be drawn is sent as a file.
 */

import { rgbaToThumbHash } from 'thumbhash'
import { toBase64url } from '#protocol/bytes.ts'
import { LIMITS } from '#protocol/limits.ts'
import type { MediaFile } from '#sdk/index.ts'
import { isShowable } from './blobs.ts'

/** Longest side of a picture that is sent: sharp on every screen, some hundred kilobytes. In pixels. */
const LONGEST_SIDE = 2_560
const QUALITY = 0.85
/** The format takes no larger ones. */
const HASH_SIDE = 100
/** A small picture's sides and qualities, tried until one has room in the message. */
const THUMBNAIL_TRIES = [
  [160, 0.6],
  [128, 0.5],
  [96, 0.4],
  [64, 0.3],
] as const
/** A film that shows nothing by then is sent as a file. Milliseconds. */
const FILM_MS = 8_000

/** Drawn anew, a moving picture stands still: this kind is sent as it is. It has no place for what cameras write. */
const MOVING = 'image/gif'
const TYPE = /^[a-z0-9][a-z0-9!#$&^_.+-]*\/[a-z0-9][a-z0-9!#$&^_.+-]*$/

interface Sides {
  readonly width: number
  readonly height: number
}

/** What is sent for a chosen file. */
export async function prepare(file: File): Promise<MediaFile> {
  const type = file.type.toLowerCase().split(';', 1)[0]?.trim() ?? ''
  try {
    if (type.startsWith('image/') && type !== 'image/svg+xml') return await picture(file, type)
    if (type.startsWith('video/') && isShowable(type)) return await film(file, type)
  } catch {
    // Nothing that this browser can draw.
  }
  return { file, view: 'file', type: TYPE.test(type) ? type : 'application/octet-stream', ...nameOf(file) }
}

function nameOf({ name }: File): { name?: string } {
  const short = name.slice(-LIMITS.mediaNameMax).toWellFormed()
  return short === '' ? {} : { name: short }
}

async function picture(file: File, type: string): Promise<MediaFile> {
  const bitmap = await createImageBitmap(file, { imageOrientation: 'from-image' })
  try {
    const sides = within(bitmap, LONGEST_SIDE)
    const drawn = type === MOVING ? file : await encode(draw(bitmap, sides), 'image/webp', QUALITY)
    return {
      file: drawn,
      view: 'picture',
      type: drawn.type === '' ? type : drawn.type,
      ...sides,
      thumbhash: hashOf(bitmap, bitmap),
    }
  } finally {
    bitmap.close()
  }
}

async function film(file: File, type: string): Promise<MediaFile> {
  const video = document.createElement('video')
  const url = URL.createObjectURL(file)
  try {
    video.muted = true
    video.playsInline = true
    video.preload = 'auto'
    video.src = url
    await heard(video, 'loadeddata')
    const { videoWidth: width, videoHeight: height, duration } = video
    if (width === 0 || height === 0) throw new Error('nothing to see')
    // The first picture is often black.
    video.currentTime = Number.isFinite(duration) ? Math.min(1, duration / 4) : 0
    await heard(video, 'seeked')
    const thumbnail = await thumbnailOf(video, { width, height })
    const sides = within({ width, height }, LIMITS.mediaSideMax)
    return {
      file,
      view: 'video',
      type,
      ...nameOf(file),
      ...sides,
      thumbhash: hashOf(video, { width, height }),
      ...(thumbnail === undefined ? {} : { thumbnail }),
      ...(Number.isFinite(duration) ? { duration: Math.min(86_400_000, Math.round(duration * 1_000)) } : {}),
    }
  } finally {
    video.removeAttribute('src')
    video.load()
    URL.revokeObjectURL(url)
  }
}

function heard(video: HTMLVideoElement, event: 'loadeddata' | 'seeked'): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('it shows nothing')), FILM_MS)
    video.addEventListener(
      event,
      () => {
        clearTimeout(timer)
        resolve()
      },
      { once: true },
    )
    video.addEventListener(
      'error',
      () => {
        clearTimeout(timer)
        reject(new Error('it cannot be played'))
      },
      { once: true },
    )
  })
}

/** The sides, shrunk to a longest one. */
function within({ width, height }: Sides, longest: number): Sides {
  const scale = Math.min(1, longest / Math.max(width, height))
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) }
}

function draw(source: CanvasImageSource, { width, height }: Sides): HTMLCanvasElement {
  const canvas = document.createElement('canvas')
  canvas.width = width
  canvas.height = height
  const context = canvas.getContext('2d')
  if (context === null) throw new Error('no canvas')
  context.drawImage(source, 0, 0, width, height)
  return canvas
}

/** Where the browser does not write the wanted type it writes JPEG. */
async function encode(canvas: HTMLCanvasElement, type: string, quality: number): Promise<Blob> {
  const blob = await toBlob(canvas, type, quality)
  return blob.type === type ? blob : toBlob(canvas, 'image/jpeg', quality)
}

function toBlob(canvas: HTMLCanvasElement, type: string, quality: number): Promise<Blob> {
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob === null ? reject(new Error('not drawn')) : resolve(blob)), type, quality)
  })
}

function hashOf(source: CanvasImageSource, sides: Sides): string {
  const { width, height } = within(sides, HASH_SIDE)
  const data = draw(source, { width, height }).getContext('2d')?.getImageData(0, 0, width, height).data
  if (data === undefined) throw new Error('no canvas')
  return toBase64url(rgbaToThumbHash(width, height, data))
}

async function thumbnailOf(source: CanvasImageSource, sides: Sides): Promise<string | undefined> {
  for (const [side, quality] of THUMBNAIL_TRIES) {
    const blob = await toBlob(draw(source, within(sides, side)), 'image/jpeg', quality)
    if (blob.size <= LIMITS.mediaThumbnailBytes) return toBase64url(new Uint8Array(await blob.arrayBuffer()))
  }
  return undefined
}
