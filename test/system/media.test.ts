import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  type Engine,
  type MediaPlace,
  type Platform,
  openEngine,
  openFileMediaStore,
  openFileStore,
} from '#sdk/node.ts'
import { uniqueName } from '../support/people.ts'
import { Program } from '../support/program.ts'
import { TestSystem, eventually } from '../support/system.ts'

const MIB = 1_024 * 1_024
const SIZE = 23 * MIB + 77

let system: TestSystem
let folder: string
let relayUrl: string
const engines = new Set<Engine>()

beforeAll(async () => {
  system = await TestSystem.start()
  folder = await mkdtemp(join(tmpdir(), 'silentrelay-media-'))
  // The storage on a laptop has no other name.
  relayUrl = system.url.replace('127.0.0.1', 'localhost')
})

afterAll(async () => {
  await Promise.all([...engines].map((engine) => engine.close()))
  await rm(folder, { recursive: true, force: true })
  await system.stop()
})

async function device(name: string, platform: Partial<Platform> = {}): Promise<Engine> {
  const engine = await openEngine({
    relayUrl,
    store: await openFileStore(join(folder, name, 'store.sqlite')),
    mediaStore: openFileMediaStore(join(folder, name, 'media')),
    settings: { acceptsStrangers: true },
    ...platform,
  })
  engines.add(engine)
  return engine
}

async function person(name: string, platform?: Partial<Platform>): Promise<Engine> {
  const engine = await device(name, platform)
  await engine.register({ username: uniqueName(name) })
  await engine.connect()
  return engine
}

/** Another device of an account. */
async function linked(name: string, to: Engine): Promise<Engine> {
  const engine = await device(name)
  await engine.completeLink(await to.approveLink(await engine.createLinkRequest()))
  await engine.connect()
  return engine
}

const accountOf = ({ account = '' }: Engine): string => account
const isStorage = (url: string): boolean => url.includes('/media/') && url.includes('X-Amz-Signature')

async function placeOfLast(engine: Engine, conversation: string, id?: string): Promise<MediaPlace | undefined> {
  const messages = await engine.messages(conversation)
  const message = messages.findLast((one) => one.content.kind === 'media' && (id ?? one.id) === one.id)
  return message && { conversation, order: message.order, id: message.id, item: 0 }
}

async function arrived(engine: Engine, conversation: string, id?: string): Promise<MediaPlace> {
  await eventually('the file', async () => (await placeOfLast(engine, conversation, id)) !== undefined)
  return (await placeOfLast(engine, conversation, id)) as MediaPlace
}

async function digestOf(engine: Engine, place: MediaPlace): Promise<string> {
  const hash = createHash('sha256')
  for await (const octets of engine.media.read(place)) hash.update(octets)
  return hash.digest('hex')
}

it('a file goes up and down through a killed client, a lost network and a relay that is restarted, and is what it was', async () => {
  const octets = randomBytes(SIZE)
  const path = join(folder, 'file')
  await writeFile(path, octets)
  const bob = await person('bob')
  const ada = await person('ada')
  await ada.close()

  const killed = Program.script('test/support/file-sender.ts', [relayUrl, join(folder, 'ada'), accountOf(bob), path])
  await killed.says('half of it is stored')
  killed.signal('SIGKILL')
  await killed.exited()
  // What is sent does not need the file any more.
  await rm(path)

  let puts = 0
  const again = await device('ada', {
    fetch: async (url, init) => {
      puts += isStorage(url) && init.method === 'PUT' ? 1 : 0
      if (puts === 1) throw new TypeError('the network is lost')
      if (puts === 2 && isStorage(url)) await system.crashEdge()
      return fetch(url, init)
    },
  })
  await again.connect()
  const place = await arrived(bob, accountOf(again))
  // Five parts, of which two were stored; each of the others was tried twice at most.
  expect(puts).toBeLessThanOrEqual(6)
  expect((await bob.messages(accountOf(again))).at(-1)?.content).toEqual({
    kind: 'media',
    items: [{ view: 'file', type: 'application/zip', name: 'a.zip', size: SIZE }],
  })

  await bob.close()
  let gets = 0
  const reader = await device('bob', {
    fetch: async (url, init) => {
      if (!isStorage(url)) return fetch(url, init)
      gets += 1
      // Too old, or forged: the storage itself refuses it.
      if (gets === 1) return fetch(url.replace(/X-Amz-Signature=./, 'X-Amz-Signature=z'), init)
      const response = await fetch(url, init)
      if (gets === 2) return brokenAfter(response, 7 * MIB)
      return response
    },
  })
  await reader.media.download(place)
  expect(gets).toBe(3)
  expect(await digestOf(reader, place)).toBe(createHash('sha256').update(octets).digest('hex'))
  // The log has neither the name of the file nor anything that fetches it.
  expect(await system.log()).not.toMatch(/a\.zip|X-Amz-/)
})

it('another file in the place of one is refused by name, and so is one that its author has ended', async () => {
  let swapped = false
  const urls: string[] = []
  const [cleo, dan] = [
    await person('cleo'),
    await person('dan', {
      fetch: (url, init) => {
        if (!isStorage(url)) return fetch(url, init)
        urls.push(url)
        return fetch(swapped ? (urls[0] ?? url) : url, init)
      },
    }),
  ]
  const send = (seed: number) =>
    cleo.sendFiles(accountOf(dan), [
      { file: new Blob([new Uint8Array(5).fill(seed)]), view: 'file', type: 'text/plain' },
    ])
  const [one, two] = [await send(1), await send(2)]
  await dan.media.download(await arrived(dan, accountOf(cleo), one))
  swapped = true
  const second = await arrived(dan, accountOf(cleo), two)
  await expect(dan.media.download(second)).rejects.toMatchObject({ code: 'mediaSwapped' })
  swapped = false
  await dan.media.download(second)

  // One that disappears: who read it last ends it, and who has a copy of the message finds nothing.
  await cleo.setTimer(accountOf(dan), 1)
  await eventually('the timer', async () => (await dan.conversations())[0]?.timer === 1)
  const timed = await send(3)
  const place = await arrived(dan, accountOf(cleo), timed)
  await dan.media.download(place)
  const url = urls.at(-1) ?? ''
  expect((await fetch(url)).status).toBe(200)
  await dan.markRead(accountOf(cleo))
  await eventually('its end', async () => (await fetch(url)).status === 404)
  expect(await placeOfLast(dan, accountOf(cleo), timed)).toBeUndefined()
})

it('in a group, a file goes up once and down to every device of every member, is answered, reworded, passed on, and ended by its author', async () => {
  let uploads = 0
  const urls = new Set<string>()
  const ada = await person('gada', {
    fetch: (url, init) => {
      if (isStorage(url) && init.method === 'PUT') uploads += 1
      return fetch(url, init)
    },
  })
  const ben = await person('gben', {
    fetch: (url, init) => {
      if (isStorage(url)) urls.add(url)
      return fetch(url, init)
    },
  })
  const cleo = await person('gcleo')
  const [ada2, ben2] = [await linked('gada2', ada), await linked('gben2', ben)]
  const all = [ada, ada2, ben, ben2, cleo]
  const { group } = await ada.groups.create('Hut', [])
  await eventually('everybody is added', async () => {
    return (await ada.groups.add(group, [ben, cleo].map(accountOf))).unreachable.length === 0
  })
  for (const engine of all) {
    await eventually('the group', async () =>
      (await engine.conversations()).some((one) => one.group?.stage === 'joined'),
    )
  }

  const octets = randomBytes(6 * MIB)
  const id = await ada.sendFiles(
    group,
    [{ file: new Blob([octets]), view: 'file', type: 'application/pdf', name: 'rules.pdf' }],
    { body: 'Please red' },
  )
  const expected = createHash('sha256').update(octets).digest('hex')
  for (const engine of all) {
    const place = await arrived(engine, group, id)
    await engine.media.download(place)
    expect(await digestOf(engine, place)).toBe(expected)
  }
  // Two parts.
  expect(uploads).toBe(2)

  const of = { author: accountOf(ada), id }
  await cleo.sendText(group, 'I have', { quote: of })
  await ada2.annotations.edit(group, id, { body: 'Please read' })
  for (const engine of all) {
    await eventually('the answer and the other words', async () => {
      const { quote } = (await engine.messages(group)).find(({ content }) => content.kind === 'text') ?? {}
      return quote?.text?.body === 'Please read' && quote.file?.name === 'rules.pdf'
    })
  }
  expect((await ben2.search({ text: 'rules', has: 'file' })).hits).toHaveLength(1)

  await cleo.annotations.forward(group, of, accountOf(ben))
  const copy = await arrived(ben, accountOf(cleo))
  await ada.annotations.deleteForEveryone(group, of)
  for (const engine of all) {
    await eventually('its end', async () => (await engine.message(group, of))?.content.kind === 'deleted')
  }
  const [url = ''] = urls
  await eventually('the end of its object', async () => (await fetch(url)).status === 404)
  await ben.media.download(copy)
  expect(await digestOf(ben, copy)).toBe(expected)
})

/** What comes of an answer when its connection is lost in the middle. */
function brokenAfter(response: Response, octets: number): Response {
  const reader = response.body?.getReader()
  let left = octets
  const stream = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { value, done } = (await reader?.read()) ?? { done: true }
      if (done || value === undefined) return controller.close()
      left -= value.length
      if (left > 0) return controller.enqueue(value)
      await reader?.cancel()
      controller.error(new TypeError('the network is lost'))
    },
  })
  return new Response(stream, { status: response.status, headers: response.headers })
}
