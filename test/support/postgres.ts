import { mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmbeddedPostgres, type EmbeddedPostgres } from '#db/local/embedded.ts'
import { copyTemplate } from '#db/local/test/template.ts'

/**
 * A PostgreSQL server at one address, which a test can take down and bring back with its data. It serves one connection at
 * a time: give the relay `DATABASE_CONNECTIONS: '1'`.
 */
export class StoppablePostgres {
  readonly connectionString: string
  readonly #folder: string
  readonly #sockets: Set<Socket>
  readonly #close: () => Promise<void>
  #server: EmbeddedPostgres | undefined
  readonly #target: { current: string | undefined }

  private constructor(
    port: number,
    folder: string,
    target: { current: string | undefined },
    sockets: Set<Socket>,
    close: () => Promise<void>,
  ) {
    this.connectionString = `postgres://postgres@127.0.0.1:${port}/postgres`
    this.#folder = folder
    this.#target = target
    this.#sockets = sockets
    this.#close = close
  }

  static async open(): Promise<StoppablePostgres> {
    const folder = await mkdtemp(join(tmpdir(), 'silentrelay-postgres-'))
    await copyTemplate(folder)
    const target: { current: string | undefined } = { current: undefined }
    const sockets = new Set<Socket>()
    // The embedded server's own address changes with each start: this one stays.
    const front = createServer((socket) => forward(socket, target.current, sockets))
    front.listen(0, '127.0.0.1')
    await once(front, 'listening')
    const { port } = front.address() as AddressInfo
    const postgres = new StoppablePostgres(port, folder, target, sockets, async () => {
      front.close()
      await once(front, 'close')
    })
    await postgres.start()
    return postgres
  }

  async start(): Promise<void> {
    this.#server = await startEmbeddedPostgres({ dataDir: this.#folder, listen: 'tcp' })
    this.#target.current = new URL(this.#server.connectionString).port
  }

  /** As a server that is gone: connections end, and new ones are refused. */
  async stop(): Promise<void> {
    this.#target.current = undefined
    for (const socket of this.#sockets) socket.destroy()
    await this.#server?.close()
    this.#server = undefined
  }

  async close(): Promise<void> {
    await this.stop()
    await this.#close()
    await rm(this.#folder, { recursive: true, force: true })
  }
}

function forward(socket: Socket, port: string | undefined, sockets: Set<Socket>): void {
  if (port === undefined) {
    socket.destroy()
    return
  }
  const server = connect(Number(port), '127.0.0.1')
  for (const [end, other] of [
    [socket, server],
    [server, socket],
  ] as const) {
    sockets.add(end)
    end.on('error', () => undefined)
    end.on('close', () => {
      sockets.delete(end)
      other.destroy()
    })
    end.pipe(other)
  }
}
