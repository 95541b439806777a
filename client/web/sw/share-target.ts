/**
 * What other apps share with the installed client. It arrives as a form, which this service worker answers itself: the relay
 * never sees it. The page gets it in the fragment of an address, which no request carries, and takes it out of there at once.
 */

import { registerRoute } from 'workbox-routing'
import { SHARE_PATH, sharedFragment } from '../app/shared.ts'

/** Answers the form. Once, when the service worker starts. */
export function handleShares(): void {
  registerRoute(SHARE_PATH, async ({ request }) => answer(request), 'POST')
}

async function answer(request: Request): Promise<Response> {
  const form = await request.formData().catch(() => new FormData())
  const field = (name: string): string => {
    const value = form.get(name)
    return typeof value === 'string' ? value : ''
  }
  const fragment = sharedFragment({ title: field('title'), text: field('text'), url: field('url') })
  return Response.redirect(`${SHARE_PATH}#${fragment}`, 303)
}
