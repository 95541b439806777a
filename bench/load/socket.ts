/**
 * A WebSocket client of one job (RFC 6455): text frames over TCP on this machine. The load generator shares two cores
 * with what it measures, and Node's own WebSocket would take a good part of them.
 */

import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { type Socket, connect } from 'node:net'

const OPCODE_TEXT = 0x1
const OPCODE_CLOSE = 0x8
const FINAL = 0x80
const MASKED = 0x80
/** RFC 6455 section 1.3. */
const ACCEPT_SUFFIX = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

export class SocketClosedError extends Error {
  override readonly name = 'SocketClosedError'
}

export interface SocketOptions {
  readonly port: number
  readonly path: string
  readonly subprotocols?: readonly string[]
  /** Of the text of each frame, in order. */
  readonly onText: (text: string) => void
  /** When the other side closes, with its reason. */
  readonly onClose?: (reason: string) => void
}

export interface TextSocket {
  send(text: string): void
  /** Ends the connection at once, as a device does that loses its network. */
  destroy(): void
}

/** Opens a socket to 127.0.0.1. Throws {@link SocketClosedError} when the upgrade is refused. */
export async function openSocket({ port, path, subprotocols, onText, onClose }: SocketOptions): Promise<TextSocket> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  await once(socket, 'connect')
  const key = randomBytes(16).toString('base64')
  const lines = [
    `GET ${path} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Version: 13',
    `Sec-WebSocket-Key: ${key}`,
    ...(subprotocols ? [`Sec-WebSocket-Protocol: ${subprotocols.join(', ')}`] : []),
  ]
  socket.write(`${lines.join('\r\n')}\r\n\r\n`)
  const rest = await upgraded(socket, key)
  const reader = new FrameReader(onText, (reason) => {
    onClose?.(reason)
    socket.destroy()
  })
  reader.take(rest)
  socket.on('data', (chunk: Buffer) => reader.take(chunk))
  socket.on('error', (error) => onClose?.(error.message))
  return {
    send: (text) => socket.write(textFrame(text)),
    destroy: () => socket.destroy(),
  }
}

/** Waits for the answer's head; what came after it belongs to the first frames. */
async function upgraded(socket: Socket, key: string): Promise<Buffer> {
  let received = Buffer.alloc(0)
  for (;;) {
    const [chunk] = (await once(socket, 'data')) as [Buffer]
    received = Buffer.concat([received, chunk])
    const end = received.indexOf('\r\n\r\n')
    if (end < 0) continue
    const head = received.subarray(0, end).toString('latin1')
    const accept = createHash('sha1').update(`${key}${ACCEPT_SUFFIX}`).digest('base64')
    if (!head.startsWith('HTTP/1.1 101') || !head.includes(accept)) {
      socket.destroy()
      throw new SocketClosedError(head.split('\r\n')[0] ?? 'no answer')
    }
    return received.subarray(end + 4)
  }
}

/** One masked text frame. The mask is zero: it protects proxies from scripts (section 10.3), and here is neither. */
function textFrame(text: string): Buffer {
  const length = Buffer.byteLength(text)
  const head = length < 126 ? 2 : length < 65_536 ? 4 : 10
  const frame = Buffer.allocUnsafe(head + 4 + length)
  frame[0] = FINAL | OPCODE_TEXT
  if (head === 2) frame[1] = MASKED | length
  else if (head === 4) {
    frame[1] = MASKED | 126
    frame.writeUInt16BE(length, 2)
  } else {
    frame[1] = MASKED | 127
    frame.writeBigUInt64BE(BigInt(length), 2)
  }
  frame.fill(0, head, head + 4)
  frame.write(text, head + 4)
  return frame
}

class FrameReader {
  #pending: Buffer = Buffer.alloc(0)
  readonly #onText: (text: string) => void
  readonly #onClose: (reason: string) => void

  constructor(onText: (text: string) => void, onClose: (reason: string) => void) {
    this.#onText = onText
    this.#onClose = onClose
  }

  take(chunk: Buffer): void {
    let data = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk])
    for (;;) {
      const frame = frameAt(data)
      if (!frame) break
      const payload = data.subarray(frame.start, frame.end)
      data = data.subarray(frame.end)
      if (frame.opcode === OPCODE_TEXT) this.#onText(payload.toString('utf8'))
      else if (frame.opcode === OPCODE_CLOSE) this.#onClose(payload.subarray(2).toString('utf8'))
    }
    this.#pending = data
  }
}

/** Where the first frame's payload stands; `undefined` while it is not complete. workerd sends every message unfragmented. */
function frameAt(data: Buffer): { opcode: number; start: number; end: number } | undefined {
  if (data.length < 2) return undefined
  const opcode = (data[0] ?? 0) & 0x0f
  const short = (data[1] ?? 0) & 0x7f
  const start = short < 126 ? 2 : short === 126 ? 4 : 10
  if (data.length < start) return undefined
  const length = short < 126 ? short : short === 126 ? data.readUInt16BE(2) : Number(data.readBigUInt64BE(2))
  return data.length < start + length ? undefined : { opcode, start, end: start + length }
}
