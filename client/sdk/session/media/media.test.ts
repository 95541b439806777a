import { afterEach, describe, expect, it } from 'vitest'
import { concatBytes, fromBase64url, randomBytes, toBase64url } from '#protocol/bytes.ts'
import { LIMITS } from '#protocol/limits.ts'
import { sealedSize } from '#protocol/media/sizes.ts'
import type { Engine } from '../engine.ts'
import { drawMessageId } from '../message-id.ts'
import { octetsOf, sameOctets } from '../../media/testing/octets.ts'
import { collect, idOf, until } from '../testing/harness.ts'
import { MediaWorld, lastPlace, octetsAt, picture } from '../testing/media-world.ts'
import { MovedClock } from '../testing/moved-clock.ts'
import { nullCipher } from '../testing/null-cipher.ts'

const MIB = 1_024 * 1_024
const HOUR = 60 * 60_000

describe('files', () => {
  let world = new MediaWorld()
  afterEach(async () => {
    await world.close()
    world = new MediaWorld()
  })

  async function pair() {
    const [ada, bob] = [await world.person('ada'), await world.person('bob')]
    return { ada, bob }
  }
  const stateOf = async (engine: Engine, conversation: string) => (await engine.messages(conversation)).at(-1)?.state
  const arrived = (engine: Engine, from: Engine) =>
    until(async () => (await engine.messages(idOf(from))).some(({ content }) => content.kind === 'media'))

  it('MD-3, MD-15: come with what is said of them, to the other side and the own devices, once they are stored', async () => {
    const { ada, bob } = await pair()
    const ada2 = await world.linked('ada2', ada)
    const file = picture(3 * MIB, { width: 4, height: 3, alt: 'a cat', thumbhash: toBase64url(randomBytes(25)) })
    const note = picture(0, { view: 'file', type: 'text/plain', name: 'empty.txt' })
    const id = await ada.sendFiles(idOf(bob), [file, note], { body: 'look' })
    await Promise.all([arrived(bob, ada), arrived(ada2, bob)])
    for (const [engine, other] of [
      [bob, ada],
      [ada2, bob],
    ] as const) {
      const message = (await engine.messages(idOf(other))).at(-1)
      const { file: _file, ...said } = file
      expect(message).toMatchObject({
        id,
        content: {
          kind: 'media',
          body: 'look',
          items: [
            { ...said, size: 3 * MIB },
            { size: 0, name: 'empty.txt' },
          ],
        },
      })
      expect(JSON.stringify(message)).not.toMatch(/"(key|object|digest|release)"/)
      const place = await lastPlace(engine, idOf(other))
      expect(await engine.media.status(place)).toEqual([{ state: 'remote' }, { state: 'remote' }])
      const heard = collect(engine, 'mediaStatus')
      await engine.media.download(place)
      expect(sameOctets(await octetsAt(engine, place), octetsOf(3 * MIB))).toBe(true)
      await engine.media.download({ ...place, item: 1 })
      expect(sameOctets(await octetsAt(engine, { ...place, item: 1 }), new Uint8Array())).toBe(true)
      expect(await engine.media.status(place)).toEqual([{ state: 'here' }, { state: 'here' }])
      const { status } = heard.find(({ item }) => item === 0) ?? {}
      expect(status).toEqual({ state: 'downloading', done: 0, total: sealedSize(3 * MIB) })
    }
    // The author has what it sent.
    const own = await lastPlace(ada, idOf(bob))
    expect(await ada.media.status(own)).toEqual([{ state: 'here' }, { state: 'here' }])
    expect(sameOctets(await octetsAt(ada, own), octetsOf(3 * MIB))).toBe(true)
    // Nobody else can say that it is over.
    expect(JSON.stringify(await world.stores.get('bob')?.all('message'))).not.toContain('release')
  })

  it('a file under one id is sent once, whatever is repeated, and not as something else', async () => {
    const { ada, bob } = await pair()
    const id = drawMessageId()
    await Promise.all([1, 2].map(() => ada.sendFiles(idOf(bob), [picture(5)], { id })))
    await ada.sendFiles(idOf(bob), [picture(5)], { id })
    await arrived(bob, ada)
    expect(await ada.messages(idOf(bob))).toHaveLength(1)
    await expect(ada.sendText(idOf(bob), 'words', { id })).rejects.toMatchObject({ code: 'messageIdReused' })
    const text = await ada.sendText(idOf(bob), 'words')
    await expect(ada.sendFiles(idOf(bob), [picture(5)], { id: text })).rejects.toMatchObject({
      code: 'messageIdReused',
    })
  })

  it('MD-1, MD-3: what is too much, or says what cannot be, is refused before anything is sealed', async () => {
    const { ada, bob } = await pair()
    const huge = { size: LIMITS.mediaBytes + 1 } as Blob
    for (const [files, code] of [
      [[], 'mediaTooLarge'],
      [Array.from({ length: LIMITS.mediaItems + 1 }, () => picture(1)), 'mediaTooLarge'],
      [[picture(1, { file: huge })], 'mediaTooLarge'],
      [[picture(1, { type: 'text/html; charset=x' })], 'contentInvalid'],
      [[picture(1, { name: '' })], 'contentInvalid'],
      [[picture(1, { width: 0 })], 'contentInvalid'],
    ] as const) {
      await expect(ada.sendFiles(idOf(bob), files)).rejects.toMatchObject({ code })
    }
    expect(world.chunks('ada').size).toBe(0)
    expect(await ada.messages(idOf(bob))).toEqual([])
  })

  it('MD-8, MD-9: an upload goes on after the engine was killed, from the parts that are stored', async () => {
    const { ada, bob } = await pair()
    const held = Promise.withResolvers<undefined>()
    world.media.faults.storage = (_method, part) => {
      if (part !== 3) return undefined
      held.resolve(undefined)
      return 'lost'
    }
    const id = await ada.sendFiles(idOf(bob), [picture(12 * MIB)])
    await held.promise
    const place = await lastPlace(ada, idOf(bob))
    await until(async () => {
      const [status] = await ada.media.status(place)
      return status?.state === 'uploading' && status.done === 2 * LIMITS.mediaPartBytes && status.waits === 'offline'
    })
    world.disk.crash('ada')
    world.media.expireAddresses()
    world.media.faults = {}
    const before = world.media.requests.length
    const again = await world.open('ada')
    expect(await stateOf(again, idOf(bob))).toBe('queued')
    await again.connect()
    await arrived(bob, again)
    const sent = world.media.requests.slice(before).filter(({ method }) => method === 'PUT')
    // The process that was killed may have had it under way.
    expect(new Set(sent.map(({ part }) => part))).toEqual(new Set([3]))
    const there = await lastPlace(bob, idOf(again))
    expect(there.id).toBe(id)
    await bob.media.download(there)
    expect(sameOctets(await octetsAt(bob, there), octetsOf(12 * MIB))).toBe(true)
  })

  it('MD-8: an address that is too old is asked for again, and one that is refused for ever does not stop the rest', async () => {
    const { ada, bob } = await pair()
    let refusals = 2
    world.media.faults.storage = (method) => {
      refusals -= 1
      return method === 'PUT' && refusals >= 0 ? new Response(null, { status: 403 }) : undefined
    }
    await ada.sendFiles(idOf(bob), [picture(6 * MIB)])
    await arrived(bob, ada)
    const place = await lastPlace(bob, idOf(ada))
    refusals = 0
    world.media.faults.storage = (method) => {
      refusals += 1
      return method === 'GET' && refusals <= 2 ? new Response(null, { status: 403 }) : undefined
    }
    await bob.media.download(place)
    expect(sameOctets(await octetsAt(bob, place), octetsOf(6 * MIB))).toBe(true)
  })

  it('MD-12: a download goes on where it broke, over a restart too', async () => {
    const { ada, bob } = await pair()
    await ada.sendFiles(idOf(bob), [picture(5 * MIB)])
    await arrived(bob, ada)
    world.media.faults.breakAfter = 2 * MIB + 5
    const place = await lastPlace(bob, idOf(ada))
    await bob.media.download(place)
    const [first, second] = world.media.requests.filter(({ method }) => method === 'GET')
    expect([first?.range, second?.range]).toEqual([undefined, `bytes=${2 * MIB}-`])
    expect(sameOctets(await octetsAt(bob, place), octetsOf(5 * MIB))).toBe(true)

    await ada.sendFiles(idOf(bob), [picture(4 * MIB)])
    await until(async () => (await bob.messages(idOf(ada))).length === 2)
    const next = await lastPlace(bob, idOf(ada))
    world.media.faults = { breakAfter: 3 * MIB, storage: () => undefined }
    const stopped = bob.media.download(next).catch((error: unknown) => error)
    await until(() => world.media.requests.filter(({ method }) => method === 'GET').length >= 3)
    world.media.faults.storage = () => 'lost'
    await until(() => [...world.chunks('bob').values()].some(({ size }) => size === 3))
    await bob.media.cancelDownload(next)
    expect(await stopped).toMatchObject({ code: 'mediaCancelled' })
    await world.close('bob')
    world.media.faults = {}
    const again = await world.open('bob')
    await again.media.download(next)
    expect(world.media.requests.at(-1)).toEqual({ method: 'GET', range: `bytes=${3 * MIB}-` })
    expect(sameOctets(await octetsAt(again, next), octetsOf(4 * MIB))).toBe(true)
  })

  it('MD-4: what is in the storage instead of the file is refused by name, and nothing of it is kept', async () => {
    const { ada, bob } = await pair()
    const [name] = await sendAndName(ada, bob, 2 * MIB)
    const right = world.media.objects.get(name) as Uint8Array<ArrayBuffer>
    const place = await lastPlace(bob, idOf(ada))
    const altered = (at: number): Uint8Array<ArrayBuffer> => {
      const octets = Uint8Array.from(right)
      octets[at] = (octets[at] ?? 0) ^ 1
      return octets
    }
    for (const [object, code] of [
      [altered(MIB + 3), 'mediaCorrupted'],
      [right.slice(0, -1), 'mediaTruncated'],
      [concatBytes(right, Uint8Array.of(0)), 'mediaTruncated'],
      [right.slice(0, MIB), 'mediaTruncated'],
      [new Uint8Array(), 'mediaTruncated'],
      [new Uint8Array(right.length), 'mediaSwapped'],
      [undefined, 'mediaGone'],
    ] as const) {
      if (object === undefined) world.media.objects.delete(name)
      else world.media.objects.set(name, object)
      await expect(bob.media.download(place)).rejects.toMatchObject({ code })
      expect(await bob.media.status(place)).toEqual([{ state: 'failed', code }])
      expect(world.chunks('bob').size).toBe(0)
    }
    world.media.objects.set(name, right)
    await bob.media.download(place)
    expect(sameOctets(await octetsAt(bob, place), octetsOf(2 * MIB))).toBe(true)
    // And on the own disk.
    const kept = world.chunks('bob').get(name)
    kept?.set(1, new Uint8Array(kept.get(1)?.length ?? 0))
    await expect(octetsAt(bob, place)).rejects.toMatchObject({ code: 'mediaCorrupted' })
    expect(await bob.media.status(place)).toEqual([{ state: 'remote' }])
  })

  it('MD-4: a key that does not open the message’s own object is named', async () => {
    world = new MediaWorld({ cipher: nullCipher })
    const { ada, bob } = await pair()
    await sendAndName(ada, bob, 5)
    // An author that says another key than it used.
    const store = world.stores.get('bob')
    const [record] = (await store?.range('message', idOf(ada))) ?? []
    const message = structuredClone(record?.value) as { content: { items: { key: string }[] } }
    const [item] = message.content.items
    if (item === undefined || record === undefined) throw new Error('no item')
    item.key = toBase64url(randomBytes(32))
    await store?.commit([
      { put: { collection: 'message', partition: idOf(ada), order: record.order }, value: message as never },
    ])
    await expect(bob.media.download(await lastPlace(bob, idOf(ada)))).rejects.toMatchObject({ code: 'mediaKeyWrong' })
  })

  it('MD-13: what is cancelled is gone here, from the queue, and from the storage', async () => {
    const { ada, bob } = await pair()
    const part = Promise.withResolvers<undefined>()
    world.media.faults.storage = (_method, number) => {
      if (number === 2) part.resolve(undefined)
      return number === 2 ? 'lost' : undefined
    }
    const id = await ada.sendFiles(idOf(bob), [picture(6 * MIB)])
    await part.promise
    const expired = collect(ada, 'messagesExpired')
    await ada.media.cancel(idOf(bob), id)
    expect(expired).toEqual([{ conversation: idOf(bob), ids: [id] }])
    expect(await ada.messages(idOf(bob))).toEqual([])
    await until(() => world.media.ended.length === 1 && world.chunks('ada').size === 0)
    await until(async () => ((await world.stores.get('ada')?.range('media', 'ending')) ?? []).length === 0)
    expect(world.media.uploads.size).toBe(0)
    world.media.faults = {}
    await expect(ada.media.cancel(idOf(bob), id)).rejects.toMatchObject({ code: 'messageNotFound' })
    // Repeated by a tab that did not hear of it, it is not sent after all.
    await ada.sendFiles(idOf(bob), [picture(6 * MIB)], { id })
    await ada.sendText(idOf(bob), 'after')
    await until(async () => (await bob.messages(idOf(ada))).length === 1)
    expect((await bob.messages(idOf(ada)))[0]?.content).toEqual({ kind: 'text', body: 'after' })
  })

  it('MD-15: files of one conversation keep their order, texts do not wait for them', async () => {
    const { ada, bob } = await pair()
    const gate = Promise.withResolvers<undefined>()
    let isOpen = false
    world.media.faults.storage = (method) => (method === 'PUT' && !isOpen ? 'lost' : undefined)
    await ada.sendFiles(idOf(bob), [picture(9)], { body: 'one' })
    await ada.sendFiles(idOf(bob), [picture(9)], { body: 'two' })
    await ada.sendText(idOf(bob), 'three')
    await until(async () => (await bob.messages(idOf(ada))).length === 1)
    isOpen = true
    gate.resolve(undefined)
    ada.networkAvailable()
    await until(async () => (await bob.messages(idOf(ada))).length === 3)
    const bodies = async (engine: Engine, other: Engine) =>
      (await engine.messages(idOf(other))).map(({ content }) => 'body' in content && content.body)
    expect(await bodies(bob, ada)).toEqual(['three', 'one', 'two'])
    expect(await bodies(ada, bob)).toEqual(['one', 'two', 'three'])
  })

  it('MD-5, MD-7: tokens are taken ahead, spent once, and kept over a restart; a spent one costs another', async () => {
    world = new MediaWorld({ random: () => 0.5 })
    const { ada, bob } = await pair()
    await sendAndName(ada, bob, 11 * MIB)
    expect(world.media.tokensIssued).toBe(LIMITS.tokensPerRequest)
    await world.close('ada')
    const again = await world.open('ada')
    await again.connect()
    let isRefused = true
    world.media.faults.edge = (name) => {
      if (name !== 'createMedia' || !isRefused) return undefined
      isRefused = false
      return 'mediaTokenInvalid'
    }
    await again.sendFiles(idOf(bob), [picture(7)])
    await until(async () => (await stateOf(again, idOf(bob))) !== 'queued')
    expect(world.media.tokensIssued).toBe(LIMITS.tokensPerRequest)
  })

  it('a quota that is used up makes them wait, and says so; a relay without media makes them fail, and they can be tried again', async () => {
    const { ada, bob } = await pair()
    world.media.faults.edge = (name) => (name === 'issueMediaTokens' ? 'rateLimited' : undefined)
    await ada.sendFiles(idOf(bob), [picture(7)])
    const place = await lastPlace(ada, idOf(bob))
    await until(async () => {
      const [status] = await ada.media.status(place)
      return status?.state === 'uploading' && status.waits === 'quota'
    })
    world.media.faults.edge = () => 'mediaNotOffered'
    ada.networkAvailable()
    await until(async () => (await stateOf(ada, idOf(bob))) === 'failed')
    expect(await ada.media.status(place)).toEqual([{ state: 'failed', code: 'mediaNotOffered' }])
    world.media.faults = {}
    await ada.retryMessage(place.id)
    await arrived(bob, ada)
  })

  it('chunks that the disk lost end an upload by name; an upload that the relay forgot begins anew', async () => {
    const { ada, bob } = await pair()
    let isForgotten = true
    world.media.faults.edge = (name) => {
      if (name !== 'completeMedia' || !isForgotten) return undefined
      isForgotten = false
      world.media.uploads.clear()
      return 'mediaNotFound'
    }
    await sendAndName(ada, bob, 6 * MIB)
    world.media.faults = { storage: (method) => (method === 'PUT' ? 'lost' : undefined) }
    await ada.sendFiles(idOf(bob), [picture(7)])
    await world.close('ada')
    world.chunks('ada').clear()
    world.media.faults = {}
    const again = await world.open('ada')
    await again.connect()
    await until(async () => (await stateOf(again, idOf(bob))) === 'failed')
    expect((await again.messages(idOf(bob))).at(-1)?.failure).toBe('mediaIncomplete')
  })

  it('chunks of a crash in between belong to nobody, and are swept', async () => {
    const { ada, bob } = await pair()
    await sendAndName(ada, bob, 5)
    const before = world.chunks('ada').size
    world.chunks('ada').set(toBase64url(randomBytes(32)), new Map([[0, randomBytes(5)]]))
    await world.close('ada')
    await world.open('ada')
    await until(() => world.chunks('ada').size === before)
  })

  async function sendAndName(from: Engine, to: Engine, size: number): Promise<[name: string]> {
    const known = new Set(world.media.objects.keys())
    const id = await from.sendFiles(idOf(to), [picture(size)])
    await until(async () => (await to.messages(idOf(from))).some((message) => message.id === id))
    const name = [...world.media.objects.keys()].find((one) => !known.has(one))
    if (name === undefined) throw new Error('nothing was stored')
    expect(fromBase64url(name)).toHaveLength(32)
    return [name]
  }

  it('MD-13: when a message disappears, its file is nowhere any more: on both sides, and in the storage', async () => {
    const clock = new MovedClock()
    world = new MediaWorld({ timers: clock, cipher: nullCipher })
    const { ada, bob } = await pair()
    await ada.setTimer(idOf(bob), 60)
    const [name] = await sendAndName(ada, bob, 2 * MIB)
    expect(world.media.uploads.get(name)?.hours).toBe(169)
    const place = await lastPlace(bob, idOf(ada))
    await bob.media.download(place)
    expect([world.chunks('ada').size, world.chunks('bob').size]).toEqual([1, 1])
    await bob.markRead(idOf(ada))
    clock.advance(61_000)
    for (const who of ['ada', 'bob']) await until(() => world.chunks(who).size === 0)
    await until(() => world.media.ended.includes(name))
    expect(world.media.objects.size).toBe(0)
    for (const who of ['ada', 'bob']) {
      await until(async () => !JSON.stringify(await world.stores.get(who)?.all('media')).includes(name))
    }
    await expect(bob.media.download(place)).rejects.toMatchObject({ code: 'messageNotFound' })
  })

  it('MD-13: what its author deletes for everyone is ended, what is deleted for me goes here, what was not stored yet is nowhere', async () => {
    const { ada, bob } = await pair()
    const [name] = await sendAndName(ada, bob, 5)
    const first = await lastPlace(bob, idOf(ada))
    await bob.media.download(first)
    const [other] = await sendAndName(ada, bob, 6)
    await bob.media.download(await lastPlace(bob, idOf(ada)))
    expect(world.chunks('bob').size).toBe(2)
    await ada.annotations.deleteForEveryone(idOf(bob), { author: idOf(ada), id: first.id })
    await until(() => world.media.ended.includes(name))
    await until(() => !world.chunks('bob').has(name) && !world.chunks('ada').has(name))
    await expect(bob.media.status(first)).rejects.toMatchObject({ code: 'messageNotFound' })
    await bob.annotations.deleteForMe(idOf(ada), [{ author: idOf(ada), id: (await lastPlace(bob, idOf(ada))).id }])
    await until(() => world.chunks('bob').size === 0)
    expect(world.media.objects.has(other)).toBe(true)

    const held = Promise.withResolvers<undefined>()
    world.media.faults.storage = (method) => {
      if (method === 'PUT') held.resolve(undefined)
      return 'lost'
    }
    const id = await ada.sendFiles(idOf(bob), [picture(7)])
    await held.promise
    await ada.annotations.deleteForEveryone(idOf(bob), { author: idOf(ada), id })
    await until(() => world.media.ended.length === 2 && world.chunks('ada').size === 1)
    expect((await ada.messages(idOf(bob))).map((message) => message.id)).not.toContain(id)
  })

  it('of a stranger wait to be asked for, and go with the request', async () => {
    const bob = await world.person('bob')
    await bob.changeSettings({ acceptsStrangers: false })
    const carl = await world.person('carl')
    const [name] = await sendAndName(carl, bob, 5)
    const place = await lastPlace(bob, idOf(carl))
    expect(await bob.media.status(place)).toEqual([{ state: 'remote', byHand: true }])
    await bob.media.download(place)
    expect(world.chunks('bob').has(name)).toBe(true)
    await bob.decide(idOf(carl), 'deleted')
    await until(() => !world.chunks('bob').has(name))
    expect(await bob.messages(idOf(carl))).toEqual([])
  })

  it('CT-9: answer a message as texts do', async () => {
    const { ada, bob } = await pair()
    const id = await bob.sendText(idOf(ada), 'show me')
    await until(async () => (await ada.messages(idOf(bob))).length === 1)
    const quote = { author: idOf(bob), id }
    await ada.sendFiles(idOf(bob), [picture(5)], { quote })
    await arrived(bob, ada)
    expect((await bob.messages(idOf(ada))).at(-1)?.quote).toMatchObject({ ...quote, text: { body: 'show me' } })
  })

  it('CT-9: are shown in what answers them: what they are, their names, how many, and the words below them', async () => {
    const { ada, bob } = await pair()
    const thumbhash = toBase64url(randomBytes(25))
    const image = picture(5, { width: 4, height: 3, thumbhash, alt: 'a cat' })
    const id = await ada.sendFiles(idOf(bob), [image, picture(6)], { body: 'look' })
    await arrived(bob, ada)
    const quote = { author: idOf(ada), id }
    await bob.sendText(idOf(ada), 'nice', { quote })
    await until(async () => (await ada.messages(idOf(bob))).length === 2)
    const file = { view: 'picture', name: 'a.jpg', thumbhash, count: 2 }
    const expected = { ...quote, order: 1, text: { body: 'look' }, file }
    expect((await ada.messages(idOf(bob))).at(-1)?.quote).toEqual(expected)
    expect((await bob.messages(idOf(ada))).at(-1)?.quote).toEqual(expected)
    await ada.annotations.deleteForEveryone(idOf(bob), quote)
    await until(async () => (await bob.messages(idOf(ada))).at(-1)?.quote?.deleted === true)
    expect((await bob.messages(idOf(ada))).at(-1)?.quote).toEqual({ ...quote, order: 1, deleted: true })
  })

  it('CT-5: their author writes other words below them, also before they are stored; the files stay, and are passed on with those', async () => {
    const { ada, bob } = await pair()
    const id = await ada.sendFiles(idOf(bob), [picture(5)], { body: 'lok' })
    await arrived(bob, ada)
    await ada.annotations.edit(idOf(bob), id, { body: 'look', styles: [{ style: 'bold', start: 0, length: 4 }] })
    await until(async () => (await bob.messages(idOf(ada)))[0]?.edited !== undefined)
    const shown = {
      content: { kind: 'media', body: 'look', styles: [{ style: 'bold', start: 0, length: 4 }] },
      edited: { times: 1 },
    }
    for (const [engine, other] of [
      [ada, bob],
      [bob, ada],
    ] as const) {
      const [message] = await engine.messages(idOf(other))
      expect(message).toMatchObject(shown)
      expect(message?.content).toHaveProperty('items.length', 1)
      const versions = await engine.annotations.versions(idOf(other), { author: idOf(ada), id })
      expect(versions.map(({ body }) => body)).toEqual(['lok', 'look'])
    }
    await bob.media.download(await lastPlace(bob, idOf(ada)))
    await expect(bob.annotations.edit(idOf(ada), id, { body: 'mine' })).rejects.toMatchObject({
      code: 'messageNotFound',
    })
    await bob.annotations.forward(idOf(ada), { author: idOf(ada), id }, idOf(bob))
    expect((await bob.messages(idOf(bob))).at(-1)).toMatchObject({ content: { body: 'look' }, forwarded: true })

    world.media.faults.storage = (method) => (method === 'PUT' ? 'lost' : undefined)
    const bare = await ada.sendFiles(idOf(bob), [picture(6)])
    await ada.annotations.edit(idOf(bob), bare, { body: 'late words' })
    world.media.faults = {}
    ada.networkAvailable()
    const last = async () => (await bob.messages(idOf(ada))).find((message) => message.id === bare)
    await until(async () => (await last())?.edited !== undefined)
    expect(await last()).toMatchObject({ content: { kind: 'media', body: 'late words' } })
    const versions = await bob.annotations.versions(idOf(ada), { author: idOf(ada), id: bare })
    expect(versions.map(({ body }) => body)).toEqual(['', 'late words'])
  })

  it('are found by their names, by the words below them, and by what they are; and not when they are gone', async () => {
    const { ada, bob } = await pair()
    const rules = picture(5, { view: 'file', type: 'application/pdf', name: 'Hüttenregeln 2026.pdf' })
    await bob.search({ text: 'nothing yet' })
    const id = await ada.sendFiles(idOf(bob), [picture(6), rules], { body: 'Please read: https://a.example/' })
    await ada.sendFiles(idOf(bob), [picture(7, { view: 'voice', type: 'audio/webm', name: 'v.webm' })])
    await until(async () => (await bob.messages(idOf(ada))).length === 2)
    const find = async (text: string, has?: 'image' | 'file' | 'voice' | 'video' | 'link') => {
      const { hits } = await bob.search({ text, ...(has && { has }) })
      return hits.map(({ message: { order }, ranges, names }) => ({ order, ranges, names }))
    }
    const both = { order: 1, ranges: [{ start: 7, length: 4 }], names: [[], [{ start: 0, length: 6 }]] }
    expect(await find('hutten read')).toEqual([both])
    expect(await find('"2026.pdf please"')).toEqual([])
    expect((await find('', 'image')).map(({ order }) => order)).toEqual([1])
    expect((await find('', 'file')).map(({ order }) => order)).toEqual([1])
    expect((await find('', 'link')).map(({ order }) => order)).toEqual([1])
    expect((await find('', 'voice')).map(({ order }) => order)).toEqual([2])
    expect(await find('', 'video')).toEqual([])
    // As one that begins later reads them.
    expect((await ada.search({ text: 'regeln' })).hits).toHaveLength(1)
    await ada.annotations.edit(idOf(bob), id, { body: 'Bring them' })
    await until(async () => (await find('bring')).length === 1)
    expect(await find('please')).toEqual([])
    await ada.annotations.deleteForEveryone(idOf(bob), { author: idOf(ada), id })
    await until(async () => (await find('regeln')).length === 0)
    expect((await find('', 'image')).length).toBe(0)
  })

  it('MD-13: what disappears while it is loaded stops', async () => {
    const clock = new MovedClock()
    world = new MediaWorld({ timers: clock, cipher: nullCipher, random: () => 1 })
    const { ada, bob } = await pair()
    await ada.setTimer(idOf(bob), 60)
    await sendAndName(ada, bob, 3 * MIB)
    const place = await lastPlace(bob, idOf(ada))
    await bob.markRead(idOf(ada))
    world.media.faults = { breakAfter: 2 * MIB, storage: () => undefined }
    const loading = bob.media.download(place).catch((error: unknown) => error)
    await until(() => world.chunks('bob').size === 1)
    world.media.faults.storage = () => 'lost'
    clock.advance(HOUR)
    expect(await loading).toMatchObject({ code: 'mediaCancelled' })
    await until(() => world.chunks('bob').size === 0)
  })
})
