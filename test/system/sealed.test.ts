import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import type { Platform } from '#sdk/node.ts'
import { platformSocket } from '#sdk/transport/socket.ts'
import { People, accountOf } from '../support/people.ts'
import { filesOf, rowsOf } from '../support/system.ts'

const relay = inject('sharedRelay')
let people: People

beforeAll(async () => {
  people = await People.at(relay.url)
})

afterAll(() => people.close())

/** One thing that the relay was told by somebody: a request, or what went over a socket, either way. */
interface Told {
  readonly by: string
  readonly what: string
  /** With a token, or on a socket that was opened with one. */
  readonly isNamed: boolean
  /** Everything of it: address, headers, body. */
  readonly text: string
}

/** The platform's network, with all that passes written down. */
function overheard(by: string, told: Told[]): Partial<Platform> {
  return {
    fetch: async (url, init) => {
      const headers = new Headers(init.headers)
      const isNamed = headers.has('authorization') || headers.has('cookie')
      const head = JSON.stringify([...headers])
      const body = typeof init.body === 'string' ? init.body : ''
      told.push({
        by,
        what: `${init.method ?? 'GET'} ${new URL(url).pathname}`,
        isNamed,
        text: `${url} ${head} ${body}`,
      })
      return fetch(url, init)
    },
    openSocket: (url, protocols, handlers) => {
      const socket = platformSocket(url, protocols, {
        ...handlers,
        opened: () => handlers.opened(),
        closed: (code, reason) => handlers.closed(code, reason),
        received: (text) => {
          told.push({ by, what: 'frame to it', isNamed: true, text: String(text) })
          handlers.received(text)
        },
      })
      return {
        send: (text) => {
          told.push({ by, what: 'frame from it', isNamed: true, text })
          return socket.send(text)
        },
        close: () => socket.close(),
      }
    },
  }
}

/** How an account could stand in a file. */
function spellings(account: string): string[] {
  const octets = Buffer.from(account, 'base64url')
  const forms = [octets.toString('latin1'), octets.toString('hex'), octets.toString('base64')]
  return [account, ...forms, Buffer.from(account).toString('hex')]
}

const names = (text: string, account: string) => spellings(account).some((spelling) => text.includes(spelling))

/** The files below a folder of the relay's data. */
async function filesIn(folder: string): Promise<{ readonly path: string; readonly text: string }[]> {
  const files = await filesOf(relay.dataDir, folder)
  return files.map(({ path, content }) => ({ path, text: content.toString('latin1') }))
}

it('nothing that the relay is told, stores or logs of a sealed conversation has its two sides beside each other', async () => {
  const told: Told[] = []
  const [ada, ben] = [
    await people.register('Ada', overheard('ada', told)),
    await people.register('Ben', overheard('ben', told)),
  ]
  const sides = { ada: accountOf(ada), ben: accountOf(ben) }
  await Promise.all([ada.online(), ben.online()])
  // From the first word on: to a stranger by tokens, then by delivery keys, with receipts and notices of typing.
  await ada.expectState(await ada.engine.sendText(sides.ben, 'first'), 'delivered')
  await ben.expectState(await ben.engine.sendText(sides.ada, 'answer'), 'delivered')
  await ada.engine.setTyping(sides.ben, true)
  const last = await ada.engine.sendText(sides.ben, 'second')
  await ada.expectState(last, 'delivered')
  await ben.engine.markRead(sides.ada)
  await ada.expectState(last, 'read')
  // And to somebody who is away, so that it waits in an inbox, and in the database.
  ben.engine.disconnect()
  await ada.expectState(await ada.engine.sendText(sides.ben, 'waiting'), 'sent')
  expect((await ada.engine.conversations()).find(({ account }) => account === sides.ben)?.way).toBe('sealed')
  const stored = [...(await filesIn('edge')), ...(await filesIn('log'))]
  const copied = await rowsOf(relay.dataDir)
  await Promise.all([ada.engine.close(), ben.engine.close()])

  // What it is told: the search works, and there were deliveries.
  const deliveries = told.filter(({ what }) => what === 'POST /v1/deliveries')
  expect(deliveries.length).toBeGreaterThan(5)
  expect(told.some(({ by, isNamed, text }) => by === 'ada' && isNamed && names(text, sides.ada))).toBe(true)
  for (const { by, what, isNamed, text } of told) {
    const [own, other] = by === 'ada' ? [sides.ada, sides.ben] : [sides.ben, sides.ada]
    // In its own name, nobody speaks of the other; and who speaks of the other does not say who it is.
    if (isNamed || names(text, own)) expect([what, names(text, other)]).toEqual([what, false])
  }
  for (const { isNamed, text } of deliveries) {
    expect(isNamed).toBe(false)
    expect(text).not.toMatch(/traceparent|user-agent|origin"/i)
  }

  // What it stores: the object of each account, and every other but the one that counts how often accounts and addresses act.
  const objects = stored.filter(({ path }) => path.includes('UserRelay'))
  for (const account of Object.values(sides)) {
    expect(objects.some(({ text }) => names(text, account))).toBe(true)
    expect(copied.some((row) => names(row, account))).toBe(true)
  }
  // (`metadata.sqlite` is the platform's list of all objects of a class, by their names.)
  const single = stored.filter(({ path }) => !path.includes('SharedState') && !path.includes('metadata.sqlite'))
  for (const { path, text } of single) {
    expect([path, names(text, sides.ada) && names(text, sides.ben)]).toEqual([path, false])
  }
  for (const row of copied) expect(names(row, sides.ada) && names(row, sides.ben)).toBe(false)
  for (const { path, text } of objects) expect([path, text.includes('127.0.0.1')]).toEqual([path, false])

  // What it logs of a delivery: no account, no address.
  const log = stored.filter(({ path }) => path.includes('/log/')).flatMap(({ text }) => text.split('\n'))
  const lines = log.filter((line) => line.includes('/v1/deliveries'))
  expect(lines.length).toBeGreaterThan(5)
  for (const line of lines) {
    expect(line).not.toContain('127.0.0.1')
    for (const account of Object.values(sides)) expect(names(line, account)).toBe(false)
  }
})
