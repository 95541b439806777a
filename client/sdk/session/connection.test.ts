import { describe, expect, it } from 'vitest'
import type { Hello } from '#protocol/frames/hello.ts'
import { parseUpFrame } from '#protocol/frames/up.ts'
import { PROTOCOL_VERSION } from '#protocol/version.ts'
import { PONG_WITHIN_MS, type RawSocketHandlers } from '../transport/socket.ts'
import { Connection } from './connection.ts'
import { Emitter } from './events.ts'
import { until } from './testing/harness.ts'

const HELLO: Hello = { type: 'hello', version: PROTOCOL_VERSION, lastSeq: 0 }
const WELCOME = JSON.stringify({
  type: 'welcome',
  incarnation: 'AAAAAAAAAAAAAAAAAAAAAA',
  now: 0,
  deviceListVersion: 1,
  prekeys: { signedPrekeyId: 1, oneTimeCount: 100, highestOneTimeId: 100 },
  keyPackages: [],
})

/** A connection whose hello and whose dealing with the welcome take as long as the test says. */
function make() {
  const sockets: { readonly handlers: RawSocketHandlers; readonly sent: string[] }[] = []
  const hellos: (() => void)[] = []
  const welcomes: { readonly done: () => void; readonly isCurrent: () => boolean }[] = []
  const platform = {
    timers: {
      now: () => 0,
      // Pauses between attempts take no time; no socket is given up for its silence.
      set: (run: () => void, delayMs: number) => (delayMs < PONG_WITHIN_MS ? setTimeout(run, 0) : undefined),
      clear: (timer: unknown) => clearTimeout(timer as NodeJS.Timeout | undefined),
    },
    random: () => 0,
    openSocket: (_url: string, _protocols: readonly string[], handlers: RawSocketHandlers) => {
      const sent: string[] = []
      sockets.push({ handlers, sent })
      return { send: (data: string) => void sent.push(data), close: () => undefined }
    },
  }
  const auth = { ticket: () => Promise.resolve('ticket'), forget: () => undefined }
  const connection = new Connection({ platform, events: new Emitter() }, auth, 'https://relay.test', {
    hello: () => new Promise((resolve) => hellos.push(() => resolve(HELLO))),
    welcome: (_frame, isCurrent) => new Promise((resolve) => welcomes.push({ done: resolve, isCurrent })),
    frames: () => Promise.resolve(),
    disconnected: () => undefined,
    stopped: () => Promise.resolve(),
  })
  return { connection, sockets, hellos, welcomes }
}

/** Lets the connection get as far as it can by itself. */
const settled = () => new Promise((resolve) => setTimeout(resolve, 5))

const typesOf = (sent: readonly string[]) =>
  sent.map((data) => {
    const parsed = parseUpFrame(data)
    return parsed.ok ? parsed.frame.type : parsed.code
  })

describe('a socket', () => {
  it('carries nothing before its hello', async () => {
    const { connection, sockets, hellos } = make()
    connection.start()
    await until(() => sockets.length === 1)
    sockets[0]?.handlers.opened()
    expect(connection.send({ type: 'ack', upTo: 1 })).toBe(false)
    await until(() => hellos.length === 1)
    hellos[0]?.()
    await settled()
    expect(connection.send({ type: 'ack', upTo: 1 })).toBe(true)
    expect(typesOf(sockets[0]?.sent ?? [])).toEqual(['hello', 'ack'])
    connection.stop()
  })

  it('that was lost while its welcome was dealt with is not taken for the next one', async () => {
    const { connection, sockets, hellos, welcomes } = make()
    connection.start()
    await until(() => sockets.length === 1)
    sockets[0]?.handlers.opened()
    await until(() => hellos.length === 1)
    hellos[0]?.()
    sockets[0]?.handlers.received(WELCOME)
    await until(() => welcomes.length === 1)
    sockets[0]?.handlers.closed(1_006, '')
    await until(() => sockets.length === 2)
    sockets[1]?.handlers.opened()
    expect(welcomes[0]?.isCurrent()).toBe(false)
    welcomes[0]?.done()
    await settled()
    expect(connection.state).toBe('connecting')
    expect(connection.send({ type: 'ack', upTo: 1 })).toBe(false)
    expect(sockets[1]?.sent).toEqual([])
    connection.stop()
  })

  it('W-11: says at once that it read, also while it deals with what came before', async () => {
    const { connection, sockets, hellos, welcomes } = make()
    connection.start()
    await until(() => sockets.length === 1)
    sockets[0]?.handlers.opened()
    await until(() => hellos.length === 1)
    hellos[0]?.()
    await settled()
    sockets[0]?.handlers.received(WELCOME)
    sockets[0]?.handlers.received(JSON.stringify({ type: 'readCheck', nonce: 'AAAAAAAAAAE' }))
    expect(welcomes).toHaveLength(1)
    expect(sockets[0]?.sent.map((data) => parseUpFrame(data))).toMatchObject([
      { ok: true, frame: { type: 'hello' } },
      { ok: true, frame: { type: 'read', nonce: 'AAAAAAAAAAE' } },
    ])
    connection.stop()
  })
})
