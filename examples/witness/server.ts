/** A witness over HTTP: `POST /add-checkpoint` (C2SP tlog-witness). */

import { type Server, createServer } from 'node:http'
import type { Witness } from './rules.ts'

/** A note of the largest size, and a proof. */
const MAX_BYTES = 160 * 1_024

/** Serves `witness`; not listening yet. */
export function witnessServer(witness: Witness): Server {
  return createServer((request, response) => {
    const answer = (status: number, body = '', type = 'text/plain; charset=utf-8') =>
      void response.writeHead(status, { 'content-type': type, connection: 'close' }).end(body)
    if (request.url !== '/add-checkpoint') return answer(404)
    if (request.method !== 'POST') return answer(405)
    const chunks: Buffer[] = []
    let size = 0
    request.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size > MAX_BYTES) answer(413)
      else chunks.push(chunk)
    })
    request.on('end', () => {
      if (size > MAX_BYTES) return
      witness.addCheckpoint(Buffer.concat(chunks).toString('utf8'), Date.now()).then(
        ({ status, body, type }) => answer(status, body, type),
        () => answer(500),
      )
    })
  })
}
