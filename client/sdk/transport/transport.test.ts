import { describe, expect, it } from 'vitest'
import { configuration, findUsername } from '#protocol/http/accounts.ts'
import { PING, PONG } from '#protocol/version.ts'
import { RECONNECT, backoffDelay } from './backoff.ts'
import { RelayHttp } from './http.ts'
import { PING_EVERY_MS, PONG_WITHIN_MS, type RawSocketHandlers, RelaySocket, socketUrl } from './socket.ts'
import type { Timers } from './timers.ts'

function answering(status: number, body: string, seen: RequestInit[] = []): RelayHttp {
  return new RelayHttp('https://relay.test/any/path', (url, init) => {
    seen.push(init)
    expect(new URL(url).origin).toBe('https://relay.test')
    return Promise.resolve(new Response(body, { status }))
  })
}

describe('HTTP', () => {
  it('an answer is parsed by its route, and fields that a newer relay adds are left out', async () => {
    const http = answering(200, '{"protocolVersion":1,"registration":"open","now":5,"more":true}')
    expect(await http.call(configuration, undefined)).toEqual({ protocolVersion: 1, registration: 'open', now: 5 })
  })

  it('the token travels in a header, and a route without a body sends none', async () => {
    const seen: RequestInit[] = []
    const http = answering(200, '{"account":"AAAAAAAAAAAAAAAAAAAAAA","username":"ada"}', seen)
    await http.call(findUsername, { username: 'ada' }, 'secret')
    expect(seen[0]).toMatchObject({ method: 'POST', body: '{"username":"ada"}', credentials: 'omit' })
    expect(new Headers(seen[0]?.headers).get('authorization')).toBe('Bearer secret')
  })

  it('a refusal becomes a RelayError with what to do about it', async () => {
    const error = { code: 'rateLimited', action: 'retry', message: 'wait', retryAfterMs: 70, correlationId: 'c-1' }
    await expect(answering(429, JSON.stringify({ error })).call(configuration, undefined)).rejects.toMatchObject({
      name: 'RelayError',
      code: 'rateLimited',
      action: 'retry',
      retryAfterMs: 70,
      correlationId: 'c-1',
    })
  })

  it('a page of a proxy is an unexpected answer, and that of a gateway without its relay is offline', async () => {
    await expect(answering(200, '<html>').call(configuration, undefined)).rejects.toMatchObject({
      code: 'unexpectedAnswer',
    })
    await expect(answering(502, '<html>').call(configuration, undefined)).rejects.toMatchObject({ code: 'offline' })
  })

  it('a network that fails, or a relay that does not answer in time, is offline', async () => {
    const broken = new RelayHttp('https://relay.test', () => Promise.reject(new TypeError('network')))
    await expect(broken.call(configuration, undefined)).rejects.toMatchObject({ code: 'offline' })
    const silent = (_url: string, init: RequestInit) =>
      new Promise<Response>((_resolve, reject) => {
        init.signal?.addEventListener('abort', () => reject(new Error('aborted')))
      })
    await expect(new RelayHttp('https://relay.test', silent, 1).call(configuration, undefined)).rejects.toMatchObject({
      code: 'offline',
    })
  })
})

/** Timers that a test moves by hand. */
class ManualTimers implements Timers {
  #now = 0
  readonly pending = new Map<number, { at: number; callback: () => void }>()
  #next = 1
  now(): number {
    return this.#now
  }
  set(callback: () => void, delayMs: number): unknown {
    this.pending.set((this.#next += 1), { at: this.#now + delayMs, callback })
    return this.#next
  }
  clear(handle: unknown): void {
    if (typeof handle === 'number') this.pending.delete(handle)
  }
  advance(ms: number): void {
    this.#now += ms
    for (const [handle, { at, callback }] of this.pending) {
      if (at > this.#now) continue
      this.pending.delete(handle)
      callback()
    }
  }
}

function connected() {
  const timers = new ManualTimers()
  const sent: string[] = []
  const closed: number[] = []
  let raw: RawSocketHandlers | undefined
  const protocols: string[] = []
  const socket = new RelaySocket(
    (_url, offered, handlers) => {
      raw = handlers
      protocols.push(...offered)
      return { send: (data) => sent.push(data), close: () => undefined }
    },
    'https://relay.test',
    'account.secret',
    timers,
    { opened: () => undefined, frame: () => undefined, closed: (code) => closed.push(code) },
  )
  const isOpenBefore = socket.send('early')
  raw?.opened()
  return { timers, sent, closed, raw, protocols, socket, isOpenBefore }
}

describe('the socket', () => {
  it('is opened over TLS unless the relay is not, with the ticket as a subprotocol and not in the URL', () => {
    expect(socketUrl('https://relay.test')).toBe('wss://relay.test/v1/socket')
    expect(socketUrl('http://localhost:8787')).toBe('ws://localhost:8787/v1/socket')
    const { protocols, isOpenBefore } = connected()
    expect(protocols).toEqual(['silentrelay.v1', 'ticket.account.secret'])
    expect(isOpenBefore).toBe(false)
  })

  it('a quiet one is pinged, and lives while it answers', () => {
    const { timers, sent, closed, raw } = connected()
    timers.advance(PING_EVERY_MS)
    expect(sent).toEqual([PING])
    raw?.received(PONG)
    timers.advance(PONG_WITHIN_MS)
    expect(closed).toEqual([])
  })

  it('one that does not answer is given up', () => {
    const { timers, closed, socket } = connected()
    timers.advance(PING_EVERY_MS)
    timers.advance(PONG_WITHIN_MS)
    expect(closed).toEqual([1_006])
    expect(socket.send('late')).toBe(false)
  })

  it('a busy one is not pinged, and a closed one has no timer', () => {
    const { timers, sent, closed, raw, socket } = connected()
    raw?.received('{}')
    timers.advance(PING_EVERY_MS)
    expect(sent).toEqual([])
    socket.close()
    raw?.closed(1_000, '')
    expect(closed).toEqual([1_000])
    expect(timers.pending.size).toBe(0)
  })
})

describe('pauses between connections', () => {
  it('are uniform below a ceiling that doubles, up to half a minute', () => {
    expect([1, 2, 3, 20].map((failures) => backoffDelay(failures, RECONNECT, 1))).toEqual([500, 1_000, 2_000, 30_000])
    expect(backoffDelay(5, RECONNECT, 0)).toBe(0)
    expect(backoffDelay(5, RECONNECT, 0.5)).toBe(4_000)
  })
})
