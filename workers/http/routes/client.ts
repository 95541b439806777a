/** The web client's files, with the headers that its code is written for. */

import { waitUntil } from 'cloudflare:workers'
import type { Hono } from 'hono'
import { logClientBuild } from '../client-build.ts'
import { clientHeaders } from '../headers.ts'
import type { HonoEnv } from '../serve.ts'

/** Paths under which the client's own routes live: all of them are answered with the one page, which routes by itself. */
const CLIENT_ROUTES = /^\/(?:$|c\/|new(?:\/|$)|settings(?:\/|$)|u\/|a\/|j\/)/

/** Vite names these by their content. */
const HASHED = /^\/assets\//

export function serveClient(app: Hono<HonoEnv>): void {
  app.get('*', async (c, next) => {
    const { config, env } = c.env.context
    const url = new URL(c.req.raw.url)
    const isRoute = CLIENT_ROUTES.test(url.pathname)
    if (isRoute) url.pathname = '/'
    const file = await env.ASSETS.fetch(new Request(url, { headers: c.req.raw.headers }))
    if (file.status === 404) return next()
    // Whoever is served a page can find its build in the log. The page does not wait for that.
    if (isRoute) waitUntil(logClientBuild(c.env.context))
    const response = new Response(file.body, file)
    for (const [name, value] of Object.entries(clientHeaders(storageOrigin(config.media?.endpoint))))
      response.headers.set(name, value)
    // Everything else is asked for again each time, and answered by 304: so no mix of two builds is ever cached.
    const cache = HASHED.test(url.pathname) ? 'public, max-age=31536000, immutable' : 'no-cache'
    response.headers.set('cache-control', cache)
    return response
  })
}

/** Where the client's requests for media go, if that is not its own origin. */
function storageOrigin(endpoint: string | undefined): string | undefined {
  return endpoint === undefined || endpoint.startsWith('/') ? undefined : new URL(endpoint).origin
}
