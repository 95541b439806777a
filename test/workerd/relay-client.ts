import { env } from 'cloudflare:workers'
import { expect } from 'vitest'
import { type TestAccount, testAccount } from '#durable-objects/testing/accounts.ts'
import { ACCOUNT_HEADER, TICKET_HEADER } from '#durable-objects/user/rpc.ts'
import { relayOf } from '#durable-objects/user/stub.ts'
import type { UserRelay } from '#durable-objects/user/user-relay.ts'
import type { DownFrame } from '#protocol/frames/down.ts'
import { PONG, SOCKET_SUBPROTOCOL } from '#protocol/version.ts'

export function stubOf(account: TestAccount): DurableObjectStub<UserRelay> {
  return env.USER_RELAY.get(env.USER_RELAY.idFromName(account.id))
}

export async function register(oneTimePrekeys = 0): Promise<TestAccount> {
  const account = await testAccount(oneTimePrekeys)
  const call = {
    account: account.id,
    correlationId: 't',
    isNew: true,
    deviceList: account.signed,
    prekeys: account.upload,
  }
  expect(await relayOf(env.USER_RELAY, account.id).create(call)).toEqual({ ok: true, value: true })
  return account
}

/** A device's socket, opened with a ticket as the edge does it. */
export class Client {
  readonly frames: DownFrame[] = []
  readonly texts: string[] = []
  closed: { code: number; reason: string } | undefined
  readonly socket: WebSocket
  /** Whether it says what it has read, as clients do. */
  reads = true

  /** `lingers`: it does not answer a close, as when its network is gone. */
  constructor(socket: WebSocket, lingers = false) {
    this.socket = socket
    socket.addEventListener('message', ({ data }) => {
      const text = String(data)
      if (text === PONG) this.texts.push(text)
      else this.#take(JSON.parse(text) as DownFrame)
    })
    socket.addEventListener('close', ({ code, reason }) => {
      this.closed = { code, reason }
    })
    socket.accept({ allowHalfOpen: lingers })
  }

  #take(frame: DownFrame): void {
    if (frame.type === 'readCheck' && this.reads) this.send({ type: 'read', nonce: frame.nonce })
    else this.frames.push(frame)
  }

  static async open(account: TestAccount, options: { lingers?: boolean } = {}): Promise<Client> {
    const relay = relayOf(env.USER_RELAY, account.id)
    const login = await relay.loginKey({ account: account.id, correlationId: 't', device: 1 })
    if (!login.ok) throw new Error(login.code)
    const caller = { device: 1, tokenEpoch: login.value.tokenEpoch }
    const ticket = await relay.issueTicket({ account: account.id, correlationId: 't', caller })
    if (!ticket.ok) throw new Error(ticket.code)
    return Client.openWith(account, ticket.value.secret, options)
  }

  static async openWith(account: TestAccount, secret: string, options: { lingers?: boolean } = {}): Promise<Client> {
    const response = await relayOf(env.USER_RELAY, account.id).fetch(
      new Request('https://relay/v1/socket', {
        headers: { upgrade: 'websocket', [ACCOUNT_HEADER]: account.id, [TICKET_HEADER]: secret },
      }),
    )
    expect(response.headers.get('sec-websocket-protocol')).toBe(SOCKET_SUBPROTOCOL)
    if (!response.webSocket) throw new Error(`no socket: ${response.status}`)
    return new Client(response.webSocket, options.lingers)
  }

  send(frame: object): void {
    this.socket.send(JSON.stringify(frame))
  }

  hello(lastSeq = 0, incarnation?: string): Promise<void> {
    this.send({ type: 'hello', version: 1, lastSeq, ...(incarnation && { incarnation }) })
    return this.until(() => this.frames.some(({ type }) => type === 'caughtUp'))
  }

  ofType<T extends DownFrame['type']>(type: T): Extract<DownFrame, { type: T }>[] {
    return this.frames.filter((frame): frame is Extract<DownFrame, { type: T }> => frame.type === type)
  }

  get received(): { seq: number; messageId: string }[] {
    return this.ofType('envelopes').flatMap(({ items }) => items)
  }

  async until(condition: () => boolean): Promise<void> {
    for (let turn = 0; turn < 2_000 && !condition(); turn += 1) await new Promise((resolve) => setTimeout(resolve, 5))
    expect(condition()).toBe(true)
  }
}
