/**
 * What other apps share with the installed client. It arrives as a form, which this service worker answers itself: the relay
 * never sees it. The page gets the text in the fragment of an address, which no request carries, and takes it out of there at
 * once. Files wait here, in memory alone, until the page asks for them by what the fragment says.
 */

import * as v from 'valibot'
import { registerRoute } from 'workbox-routing'
import { SHARED_FILES, SHARED_FILES_NAME, SHARE_PATH, sharedFragment } from '../app/shared.ts'
import { type SharedFiles, TakeShared } from './share-messages.ts'

declare const self: ServiceWorkerGlobalScope

/** A page that is locked is unlocked first. Browsers end an event after five minutes. */
const WAIT_MS = 4 * 60_000

const waiting = new Map<string, { readonly files: readonly File[]; readonly taken: () => void }>()

/** Answers the form, and pages that ask for its files. Once, when the service worker starts. */
export function handleShares(): void {
  registerRoute(SHARE_PATH, async ({ request, event }) => answer(request, event), 'POST')
  self.addEventListener('message', (event) => {
    const asked = v.safeParse(TakeShared, event.data)
    if (!asked.success) return
    const found = waiting.get(asked.output.token)
    const files: SharedFiles = { files: [...(found?.files ?? [])] }
    event.ports[0]?.postMessage(files)
    found?.taken()
  })
}

async function answer(request: Request, event: ExtendableEvent): Promise<Response> {
  const form = await request.formData().catch(() => new FormData())
  const field = (name: string): string => {
    const value = form.get(name)
    return typeof value === 'string' ? value : ''
  }
  const fields = { title: field('title'), text: field('text'), url: field('url') }
  // A form without files has one without a name.
  const files = form.getAll(SHARED_FILES_NAME).filter((value) => value instanceof File && value.name !== '') as File[]
  const token = files.length === 0 ? undefined : keep(files.slice(0, SHARED_FILES), event)
  return Response.redirect(`${SHARE_PATH}#${sharedFragment(fields, token)}`, 303)
}

/** Keeps files until they are taken, or for a while. Answers by what they are asked for. */
function keep(files: readonly File[], event: ExtendableEvent): string {
  const token = crypto.randomUUID()
  event.waitUntil(untilTaken(token, files))
  return token
}

async function untilTaken(token: string, files: readonly File[]): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  waiting.set(token, { files, taken: resolve })
  const timer = setTimeout(resolve, WAIT_MS)
  await promise
  clearTimeout(timer)
  waiting.delete(token)
}
