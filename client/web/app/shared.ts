/** What another app shared with this one: from the form that the system sends to what is put into a message. */

import { takeSharedFiles } from './shared-files.ts'

/** Where the web manifest sends what is shared, and where the page asks with whom to share it. */
export const SHARE_PATH = '/share'

/** Bytes of UTF-8. No more than one message holds (`LIMITS.textBytes` less room for what is written beside it). */
const SHARED_MAX = 16 * 1_024

/** The form's field of files, and how many of them are taken: as many as a message has (`LIMITS.mediaItems`). */
export const SHARED_FILES_NAME = 'files'
export const SHARED_FILES = 10

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

/** Stands behind the text, in which it cannot be: that is encoded. */
const FILES = '&files='

/** @param token what the service worker is asked by for files */
export function sharedFragment(fields: SharedFields, token?: string): string {
  return encodeURIComponent(textOf(fields).toWellFormed()) + (token === undefined ? '' : FILES + token)
}

/** What a fragment says; `undefined` where it is none of ours. */
export function readFragment(hash: string): { readonly text?: string; readonly token?: string } | undefined {
  try {
    const [encoded = '', token] = hash.slice(1).split(FILES, 2)
    const text = cut(decodeURIComponent(encoded))
    if (text === '' && token === undefined) return undefined
    return { ...(text === '' ? {} : { text }), ...(token === undefined ? {} : { token }) }
  } catch {
    return undefined
  }
}

/** What waits to be put somewhere. */
export interface Shared {
  readonly text?: string
  readonly files: readonly File[]
  /** There were files, and they are not to be had any more. */
  readonly areFilesLost?: true
}

let shared: Shared | undefined
const listeners = new Set<() => void>()

/** What was shared and has not been put anywhere yet. In the tab's memory alone. */
export const getShared = (): Shared | undefined => shared

export function forgetShared(): void {
  set(undefined)
}

function set(next: Shared | undefined): void {
  shared = next
  for (const listener of listeners) listener()
}

export function onShared(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

function take(): void {
  if (location.pathname !== SHARE_PATH || location.hash === '') return
  const read = readFragment(location.hash)
  // Not into the history of the browser.
  history.replaceState(history.state, '', SHARE_PATH)
  if (read === undefined) return
  const { token, ...text } = read
  const taken: Shared = { ...text, files: [] }
  set(taken)
  if (token === undefined) return
  void takeFiles(taken, token)
}

async function takeFiles(taken: Shared, token: string): Promise<void> {
  const files = await takeSharedFiles(token)
  // Unless something else was shared meanwhile, or it was put somewhere.
  if (shared === taken) set(files.length === 0 ? { ...taken, areFilesLost: true } : { ...taken, files })
}

/** Takes what was shared out of the address, and what comes later. Once, before the router is made. */
export function takeShared(): void {
  take()
  addEventListener('hashchange', take)
}
