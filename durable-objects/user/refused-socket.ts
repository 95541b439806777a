import { CLOSE_CODES, ERRORS, type ErrorCode, actionFor } from '#protocol/errors.ts'
import type { ErrorFrame } from '#protocol/frames/notices.ts'
import { SOCKET_SUBPROTOCOL } from '#protocol/version.ts'
import { REFUSED_HEADER } from './rpc.ts'

/** An open socket that says why it is of no use, and closes: a browser cannot read the answer to a refused upgrade. */
export function refusedSocket(code: ErrorCode, retryAfterMs?: number): Response {
  const { 0: client, 1: server } = new WebSocketPair()
  const frame: ErrorFrame = {
    type: 'error',
    code,
    message: ERRORS[code],
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  }
  server.accept()
  server.send(JSON.stringify(frame))
  server.close(CLOSE_CODES[actionFor(code)], code)
  const response = socketResponse(client)
  response.headers.set(REFUSED_HEADER, code)
  return response
}

/** The answer that hands a socket to the client. */
export function socketResponse(webSocket: WebSocket): Response {
  return new Response(null, {
    status: 101,
    webSocket,
    headers: { 'sec-websocket-protocol': SOCKET_SUBPROTOCOL },
  })
}
