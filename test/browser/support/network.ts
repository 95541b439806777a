import { createServer, request } from 'node:http'
import { type AddressInfo, type Socket, connect } from 'node:net'

/**
 * A browser context's way to the network: an HTTP proxy that reaches the relay and nothing else. It can be cut, which
 * also ends what pages cannot be made to lose (the WebSocket of a SharedWorker), and it knows every host asked for.
 */
export class Network {
  /** `host:port` of every request, by pages and workers alike. */
  readonly hosts = new Set<string>()
  readonly #relay: string
  readonly #sockets = new Set<Socket>()
  readonly #server = createServer()
  #isCut = false

  private constructor(relay: string) {
    this.#relay = relay
    this.#server.on('connection', (socket: Socket) => this.#keep(socket))
    this.#server.on('request', (incoming, answer) => {
      const url = new URL(incoming.url ?? '')
      if (!this.#reaches(url.host)) return void answer.writeHead(403).end()
      const { method, headers } = incoming
      const outgoing = request(url, { method, headers }, (response) => {
        answer.writeHead(response.statusCode ?? 502, response.headers)
        response.pipe(answer)
      })
      // As a network does when its far end is gone: no answer.
      outgoing.on('error', () => answer.destroy())
      return void incoming.pipe(outgoing)
    })
    this.#server.on('connect', (incoming, client: Socket, head: Buffer) => {
      const { host, hostname, port } = new URL(`http://${incoming.url}`)
      if (!this.#reaches(host)) return void client.destroy()
      const far = connect(Number(port), hostname, () => {
        client.write('HTTP/1.1 200 Connection Established\r\n\r\n')
        far.write(head)
        far.pipe(client).pipe(far)
      })
      this.#keep(far)
      far.on('close', () => client.destroy())
      return void client.on('close', () => far.destroy())
    })
  }

  static async open(relayUrl: string): Promise<Network> {
    const network = new Network(new URL(relayUrl).host)
    await new Promise<void>((resolve) => network.#server.listen(0, '127.0.0.1', resolve))
    return network
  }

  get proxy(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Every connection ends, and no new one is made. */
  cut(): void {
    this.#isCut = true
    for (const socket of this.#sockets) socket.destroy()
  }

  restore(): void {
    this.#isCut = false
  }

  close(): void {
    this.cut()
    this.#server.close()
  }

  #reaches(host: string): boolean {
    this.hosts.add(host)
    return host === this.#relay
  }

  #keep(socket: Socket): void {
    if (this.#isCut) return void socket.destroy()
    this.#sockets.add(socket)
    // What a cut connection says is no news.
    socket.on('error', () => undefined)
    return void socket.on('close', () => this.#sockets.delete(socket))
  }
}
