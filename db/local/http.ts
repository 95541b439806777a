import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** An answer of a local bridge: a status and a JSON value. */
export interface JsonAnswer {
  status: number
  body: unknown
}

/** The request's body is larger than the bridge takes. */
export class BodyTooLargeError extends Error {
  override readonly name = 'BodyTooLargeError'
}

/** The whole body as text. Throws {@link BodyTooLargeError}; the rest is then left unread. */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > maxBytes) throw new BodyTooLargeError()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** JSON of unknown shape, or undefined when `text` is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

/** Serves `answer` as JSON on `host`:`port` (0: any free one). An answer that throws is a 500 without a reason. */
export async function serveJson(
  answer: (request: IncomingMessage) => Promise<JsonAnswer>,
  { host, port }: { host: string; port: number },
): Promise<{ port: number; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    respond(answer, request, response).catch(() => response.destroy())
  })
  server.listen(port, host)
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

async function respond(
  answer: (request: IncomingMessage) => Promise<JsonAnswer>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { status, body } = await answer(request).catch((error: unknown): JsonAnswer =>
    error instanceof BodyTooLargeError
      ? { status: 413, body: { message: 'body too large' } }
      : { status: 500, body: { message: 'internal error of the bridge' } },
  )
  const headers: Record<string, string> = { 'content-type': 'application/json' }
  // What is left of an unread body would be taken for the next request.
  if (!request.complete) headers['connection'] = 'close'
  response.writeHead(status, headers).end(JSON.stringify(body))
}
