import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { Failure } from './failure.ts'

/** `text` as a port; `otherwise` when it is not set. Throws {@link Failure}. */
export function parsePort(text: string | undefined, otherwise: number): number {
  if (text === undefined || text === '') return otherwise
  const port = Number(text)
  if (!/^\d{1,5}$/.test(text) || port < 1 || port > 65_535)
    throw new Failure(`PORT is "${text}": it must be a number from 1 to 65535.`)
  return port
}

/** Throws {@link Failure} when nothing can listen on `host`:`port`. */
export async function requireFreePort(host: string, port: number): Promise<void> {
  try {
    await listenOnce(host, port)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EADDRINUSE')
      throw new Failure(`Port ${port} is taken by another program. Stop it, or choose another one: PORT=8788 npm start`)
    if (code === 'EACCES')
      throw new Failure(`Port ${port} is not allowed to this user. Choose one above 1023: PORT=8788 npm start`)
    throw new Failure(`Nothing can listen on ${host}, port ${port} (${code ?? 'unknown error'}).`)
  }
}

/** A port that was free a moment ago. */
export function findFreePort(host = '127.0.0.1'): Promise<number> {
  return listenOnce(host, 0)
}

async function listenOnce(host: string, port: number): Promise<number> {
  const server = createServer()
  server.listen(port, host)
  await once(server, 'listening')
  const { port: bound } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return bound
}
