import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Takes what is posted to `/hook`, and gives it back to whoever asks `/received`. */
export async function startReceiver(): Promise<{ url: string; close(): Promise<unknown> }> {
  const received: { headers: unknown; body: string }[] = []
  const server = createServer((request, response) => {
    if (request.url === '/received') {
      response.end(JSON.stringify(received))
      return
    }
    let body = ''
    request.on('data', (chunk) => (body += String(chunk)))
    request.on('end', () => {
      received.push({ headers: request.headers, body })
      response.writeHead(204).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { url, close: () => new Promise((resolve) => server.close(resolve)) }
}
