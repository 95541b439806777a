/**
 * Files as addresses that the page can show. Each stands for octets that the browser holds until it is revoked: when its
 * message is gone, the client is locked, or it was not looked at for long.
 */

import type { MediaPlace } from '#sdk/index.ts'
import { engineApi, onMediaGone } from '../../state/index.ts'

interface Shown {
  readonly place: MediaPlace
  readonly url: Promise<string>
  users: number
}

/** Kept though nobody looks at them: scrolling back is immediate then. */
const IDLE = 24
const shown = new Map<string, Shown>()
const nameOf = ({ conversation, order, item }: MediaPlace): string => `${conversation} ${order} ${item}`

/**
 * Types that the browser shows inside of elements of their own. Whatever else an author says, and anything that is opened
 * or saved, is octets: nothing that came from somebody is ever a page.
 */
const SHOWN_TYPES: ReadonlySet<string> = new Set([
  'image/avif',
  'image/gif',
  'image/jpeg',
  'image/png',
  'image/webp',
  'audio/mp4',
  'audio/mpeg',
  'audio/ogg',
  'audio/webm',
  'video/mp4',
  'video/ogg',
  'video/quicktime',
  'video/webm',
])
export const isShowable = (type: string): boolean => SHOWN_TYPES.has(type)

function revoke(name: string): void {
  const entry = shown.get(name)
  shown.delete(name)
  entry?.url.then(
    (url) => URL.revokeObjectURL(url),
    () => undefined,
  )
}

onMediaGone((conversation, ids) => {
  for (const [name, { place }] of shown) {
    const isGone =
      conversation === undefined || (place.conversation === conversation && ids?.includes(place.id) === true)
    if (isGone) revoke(name)
  }
})

/** The address of a file that is here, until it is {@link release}d. */
export function acquire(place: MediaPlace, type: string): Promise<string> {
  const name = nameOf(place)
  let entry = shown.get(name)
  if (entry === undefined) {
    const url = engineApi()
      .mediaBlob(place)
      .then((blob) =>
        URL.createObjectURL(blob.slice(0, blob.size, isShowable(type) ? type : 'application/octet-stream')),
      )
    entry = { place, url, users: 0 }
    url.catch(() => shown.delete(name))
  }
  entry.users += 1
  // The latest used stand last.
  shown.delete(name)
  shown.set(name, entry)
  return entry.url
}

export function release(place: MediaPlace): void {
  const entry = shown.get(nameOf(place))
  if (entry !== undefined) entry.users -= 1
  const idle = [...shown].filter(([, { users }]) => users <= 0)
  for (const [name] of idle.slice(0, Math.max(0, idle.length - IDLE))) revoke(name)
}

/** Characters that are a path's, a device's or nobody's; of names of files. */
// eslint-disable-next-line no-control-regex -- control characters are what is meant
const UNSAFE = /[\u0000-\u001F\u007F\u200B-\u200F\u202A-\u202E\u2066-\u2069<>:"/\\|?*]/g

/** A name to save a file under: what its author called it, without what leads elsewhere or looks like something else. */
export function safeName(name: string | undefined): string {
  const safe = (name ?? '').replaceAll(UNSAFE, '_').replaceAll(/^[.\s]+|[.\s]+$/g, '')
  return safe === '' ? 'file' : safe
}

/** Saves a file that is here to the disk, as octets, whatever it says that it is. */
export async function save(place: MediaPlace, name: string | undefined): Promise<void> {
  const blob = await engineApi().mediaBlob(place)
  const url = URL.createObjectURL(blob.slice(0, blob.size, 'application/octet-stream'))
  const link = document.createElement('a')
  link.href = url
  link.download = safeName(name)
  link.click()
  // The browser has begun to read it by then.
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}
