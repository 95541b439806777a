/** The pages that the Worker renders itself: what this is, and what its API takes. No script on any of them. */

import type { Hono } from 'hono'
import { html } from 'hono/html'
import { type OpenApiDocument, openApiDocument } from '#protocol/http/openapi.ts'
import { PAGE_HEADERS } from '../headers.ts'
import type { HonoEnv } from '../serve.ts'
import { PAGE_STYLE } from './page-style.ts'

type Markup = ReturnType<typeof html>

function page(title: string, body: Markup): Markup {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title}</title>
        <link rel="stylesheet" href="/docs/style.css" />
      </head>
      <body>
        <main>${body}</main>
      </body>
    </html>`
}

function operations(document: OpenApiDocument): Markup[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(
      ([method, operation]) =>
        html`<section id="${operation.operationId}">
          <h2><span class="method">${method.toUpperCase()}</span> <code>${path}</code></h2>
          <p>${operation.summary} ${operation.security.length > 0 ? 'Needs an access token.' : ''}</p>
          ${operation.requestBody ? schemaBlock('Request', operation.requestBody.content['application/json'].schema) : ''}
          ${Object.entries(operation.responses).map(([status, response]) =>
            status === '200'
              ? schemaBlock('Answer', response.content['application/json'].schema)
              : html`<h3>${status}</h3>
                  <ul>
                    ${response.description.split('\n').map((line) => html`<li>${line}</li>`)}
                  </ul>`,
          )}
        </section>`,
    ),
  )
}

function schemaBlock(title: string, schema: object): Markup {
  return html`<details>
    <summary>${title}</summary>
    <pre tabindex="0">${JSON.stringify(schema, null, 2)}</pre>
  </details>`
}

function docs(document: OpenApiDocument): Markup {
  const links = Object.values(document.paths).flatMap((methods) => Object.values(methods))
  return page(
    'SilentRelay API',
    html`<h1>SilentRelay API, version ${document.info.version}</h1>
      <p>${document.info.description} The same as <a href="/openapi.json">OpenAPI 3.1</a>.</p>
      <nav aria-label="Operations">
        <ul>
          ${links.map(({ operationId, summary }) => html`<li><a href="#${operationId}">${operationId}</a>: ${summary}</li>`)}
        </ul>
      </nav>
      ${operations(document)}`,
  )
}

let document: OpenApiDocument | undefined

/** Made when first asked for: it costs an isolate's start nothing. */
function apiDocument(): OpenApiDocument {
  document ??= openApiDocument()
  return document
}

/** AGPL section 13: who runs this for others offers them its source. */
function source(): Markup {
  return page(
    'Source code',
    html`<h1>Source code</h1>
      <p>
        SilentRelay is free software under the GNU Affero General Public License, version 3. Whoever runs this relay
        offers you its source, but has not said where: ask them. (For the operator: set SOURCE_URL in wrangler.toml.)
      </p>`,
  )
}

export function servePages(app: Hono<HonoEnv>): void {
  app.get('/docs', (c) => c.html(docs(apiDocument()), 200, PAGE_HEADERS))
  app.get('/docs/style.css', (c) =>
    c.body(PAGE_STYLE, 200, { ...PAGE_HEADERS, 'content-type': 'text/css; charset=utf-8' }),
  )
  app.get('/source', (c) => {
    const { SOURCE_URL } = c.env.context.env
    return SOURCE_URL ? c.redirect(SOURCE_URL, 302) : c.html(source(), 200, PAGE_HEADERS)
  })
  app.get('/openapi.json', (c) => c.json(apiDocument()))
}
