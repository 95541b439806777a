import type { MediaView } from '../media/status.ts'

/** What a quote shows of files: the first of them, and how many there are. */
export interface QuotedFile extends Pick<MediaView, 'view' | 'name' | 'duration' | 'thumbhash' | 'thumbnail'> {
  readonly count: number
}

/** `undefined` without any. */
export function quotedFile(items: readonly MediaView[]): QuotedFile | undefined {
  const [first] = items
  if (first === undefined) return undefined
  const { view, name, duration, thumbhash, thumbnail } = first
  return {
    view,
    ...(name === undefined ? {} : { name }),
    ...(duration === undefined ? {} : { duration }),
    ...(thumbhash === undefined ? {} : { thumbhash }),
    ...(thumbnail === undefined ? {} : { thumbnail }),
    count: items.length,
  }
}
