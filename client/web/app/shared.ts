/** What another app shared with this one: from the form that the system sends to the text that is put into a message. */

/** Where the web manifest sends what is shared, and where the page asks with whom to share it. */
export const SHARE_PATH = '/share'

/** Bytes of UTF-8. No more than one message holds (`LIMITS.textBytes` less room for what is written beside it). */
const SHARED_MAX = 16 * 1_024

export interface SharedFields {
  readonly title: string
  readonly text: string
  readonly url: string
}

/** One text of the fields: each on a line of its own, none twice. Many apps put the address into the text. */
export function textOf({ title, text, url }: SharedFields): string {
  const lines: string[] = []
  for (const part of [title, text, url].map((field) => field.trim())) {
    if (part !== '' && !lines.some((line) => line.includes(part))) lines.push(part)
  }
  return cut(lines.join('\n'))
}

function cut(text: string): string {
  const bytes = new TextEncoder().encode(text)
  if (bytes.length <= SHARED_MAX) return text
  // Without the last character where it was cut inside of one.
  return new TextDecoder().decode(bytes.slice(0, SHARED_MAX)).replace(/\uFFFD+$/u, '')
}

export const sharedFragment = (fields: SharedFields): string => encodeURIComponent(textOf(fields).toWellFormed())

/** What a fragment says; `undefined` where it is none of ours. */
export function readFragment(hash: string): string | undefined {
  try {
    const text = cut(decodeURIComponent(hash.slice(1)))
    return text === '' ? undefined : text
  } catch {
    return undefined
  }
}

let shared: string | undefined
const listeners = new Set<() => void>()

/** What was shared and has not been put anywhere yet. In the tab's memory alone. */
export const getShared = (): string | undefined => shared

export function forgetShared(): void {
  shared = undefined
  for (const listener of listeners) listener()
}

export function onShared(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

function take(): void {
  if (location.pathname !== SHARE_PATH || location.hash === '') return
  shared = readFragment(location.hash) ?? shared
  // Not into the history of the browser.
  history.replaceState(history.state, '', SHARE_PATH)
  for (const listener of listeners) listener()
}

/** Takes what was shared out of the address, and what comes later. Once, before the router is made. */
export function takeShared(): void {
  take()
  addEventListener('hashchange', take)
}
