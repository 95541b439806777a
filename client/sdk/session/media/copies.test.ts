import { afterEach, describe, expect, it } from 'vitest'
import { sealedSize } from '#protocol/media/sizes.ts'
import { octetsOf, sameOctets } from '../../media/testing/octets.ts'
import type { Engine } from '../engine.ts'
import { drawMessageId } from '../message-id.ts'
import { collect, idOf, until } from '../testing/harness.ts'
import { MediaWorld, lastPlace, octetsAt, picture } from '../testing/media-world.ts'
import { MovedClock } from '../testing/moved-clock.ts'
import { nullCipher } from '../testing/null-cipher.ts'

const MIB = 1_024 * 1_024

describe('files that are passed on', () => {
  let world = new MediaWorld({ cipher: nullCipher })
  afterEach(async () => {
    await world.close()
    world = new MediaWorld({ cipher: nullCipher })
  })

  /** A file from ada to bob, who passes it on to carl. */
  async function three(size: number, caption: Parameters<Engine['sendFiles']>[2] = {}) {
    const [ada, bob, carl] = [await world.person('ada'), await world.person('bob'), await world.person('carl')]
    await ada.sendFiles(idOf(bob), [picture(size)], caption)
    await hasFiles(bob, ada)
    return { ada, bob, carl, place: await lastPlace(bob, idOf(ada)) }
  }
  const hasFiles = (engine: Engine, from: Engine) =>
    until(async () => (await engine.messages(idOf(from))).some(({ content }) => content.kind === 'media'))
  const forward = (bob: Engine, ada: Engine, id: string, to: Engine, as?: string) =>
    bob.annotations.forward(idOf(ada), { author: idOf(ada), id }, idOf(to), as)
  /** What a device knows of its files' objects. */
  const itemsOf = async (name: string, conversation: string) => {
    const records = (await world.stores.get(name)?.range('message', conversation)) ?? []
    return records.flatMap(({ value }) => {
      const { content } = value as { content: { items?: { object: string; key: string; digest: string }[] } | null }
      return content?.items ?? []
    })
  }
  const kept = async (name: string) => JSON.stringify(await world.stores.get(name)?.all('media'))

  it('MD-14, CT-10: have an object, a key and a release of their own, the words, and no name of their author', async () => {
    const body = '@ada look'
    const mentions = [{ start: 0, length: 4, account: 'AAAAAAAAAAAAAAAAAAAAAA' }]
    const styles = [{ style: 'bold' as const, start: 5, length: 4 }]
    const { ada, bob, carl, place } = await three(2 * MIB, { body, styles, mentions })
    await bob.media.download(place)
    const id = await forward(bob, ada, place.id, carl)
    await hasFiles(carl, bob)
    const message = (await carl.messages(idOf(bob))).at(-1)
    expect(message).toMatchObject({ id, forwarded: true, content: { kind: 'media', body, styles } })
    expect(message?.content).not.toHaveProperty('mentions')
    expect(message).not.toHaveProperty('quote')
    const there = await lastPlace(carl, idOf(bob))
    await carl.media.download(there)
    expect(sameOctets(await octetsAt(carl, there), octetsOf(2 * MIB))).toBe(true)
    expect(JSON.stringify(await world.stores.get('carl')?.all('message'))).not.toContain(idOf(ada))

    const [first] = await itemsOf('bob', idOf(ada))
    const [second] = await itemsOf('carl', idOf(bob))
    expect(first).toBeDefined()
    for (const of of ['object', 'key', 'digest'] as const) expect(second?.[of]).not.toBe(first?.[of])
    const releases = [...world.media.uploads.values()].map(({ release }) => release)
    expect(new Set(releases).size).toBe(2)
    // The one goes, the other stays.
    await ada.annotations.deleteForEveryone(idOf(bob), { author: idOf(ada), id: place.id })
    await until(() => world.media.objects.size === 1)
    await bob.annotations.deleteForEveryone(idOf(carl), { author: idOf(bob), id })
    await until(() => world.media.objects.size === 0)
  })

  it('what is here is sealed at once: it goes out later, whatever becomes of the first message, and once', async () => {
    const { ada, bob, carl, place } = await three(3 * MIB)
    await bob.media.download(place)
    bob.disconnect()
    await until(() => bob.connection === 'offline')
    const as = drawMessageId()
    await Promise.all([forward(bob, ada, place.id, carl, as), forward(bob, ada, place.id, carl, as)])
    await forward(bob, ada, place.id, carl, as)
    const own = await lastPlace(bob, idOf(carl))
    expect(await bob.media.status(own)).toMatchObject([{ state: 'uploading', waits: 'offline' }])
    expect(sameOctets(await octetsAt(bob, own), octetsOf(3 * MIB))).toBe(true)
    await bob.annotations.deleteForMe(idOf(ada), [{ author: idOf(ada), id: place.id }])
    await world.close('bob')
    const again = await world.open('bob')
    await again.connect()
    await hasFiles(carl, again)
    expect(await carl.messages(idOf(again))).toHaveLength(1)
    const there = await lastPlace(carl, idOf(again))
    await carl.media.download(there)
    expect(sameOctets(await octetsAt(carl, there), octetsOf(3 * MIB))).toBe(true)
  })

  it('what is not here is brought first, over a restart too, and can be passed on meanwhile', async () => {
    const { ada, bob, carl, place } = await three(3 * MIB)
    world.media.faults.storage = (method) => (method === 'GET' ? 'lost' : undefined)
    await forward(bob, ada, place.id, carl)
    const own = await lastPlace(bob, idOf(carl))
    await until(async () => (await bob.media.status(own))[0]?.state === 'copying')
    // Asking for it changes nothing.
    await bob.media.download(own)
    await bob.annotations.forward(idOf(carl), { author: idOf(bob), id: own.id }, idOf(bob))
    await world.close('bob')
    world.media.faults = { breakAfter: 2 * MIB }
    const again = await world.open('bob')
    expect(await again.media.status(own)).toEqual([
      { state: 'copying', done: 0, total: sealedSize(3 * MIB), waits: 'offline' },
    ])
    const heard = collect(again, 'mediaStatus')
    await again.connect()
    await hasFiles(carl, again)
    expect(heard.find(({ id, status }) => id === own.id && status.state === 'copying')?.status).toMatchObject({
      total: sealedSize(3 * MIB),
    })
    const there = await lastPlace(carl, idOf(again))
    await carl.media.download(there)
    expect(sameOctets(await octetsAt(carl, there), octetsOf(3 * MIB))).toBe(true)
    const note = await lastPlace(again, idOf(again))
    await until(async () => (await again.messages(idOf(again))).at(-1)?.state === 'sent')
    expect(sameOctets(await octetsAt(again, note), octetsOf(3 * MIB))).toBe(true)
    expect(sameOctets(await octetsAt(again, own), octetsOf(3 * MIB))).toBe(true)
  })

  it('one that cannot be had fails by name, holds nothing up, and goes when it is there again', async () => {
    const { ada, bob, carl, place } = await three(5)
    const [[name, object] = []] = world.media.objects
    if (name === undefined || object === undefined) throw new Error('nothing was stored')
    world.media.objects.delete(name)
    const id = await forward(bob, ada, place.id, carl)
    await bob.sendFiles(idOf(carl), [picture(9)])
    await until(async () => (await carl.messages(idOf(bob))).length === 1)
    const failed = await bob.ownMessage(idOf(carl), id)
    expect(failed).toMatchObject({ state: 'failed', failure: 'mediaGone' })
    world.media.objects.set(name, object)
    await bob.retryMessage(id)
    await until(async () => (await carl.messages(idOf(bob))).length === 2)
    expect((await bob.ownMessage(idOf(carl), id))?.state).not.toBe('failed')
  })

  it('what is cancelled before it was brought leaves nothing; what was brought for a message that is gone does not stay', async () => {
    const clock = new MovedClock()
    world = new MediaWorld({ timers: clock, cipher: nullCipher })
    const { ada, bob, carl, place } = await three(3 * MIB)
    const [first] = world.media.objects.keys()
    world.media.faults.storage = (method) => (method === 'GET' ? 'lost' : undefined)
    const cancelled = await forward(bob, ada, place.id, carl)
    const own = await lastPlace(bob, idOf(carl))
    await until(async () => (await bob.media.status(own))[0]?.state === 'copying')
    await bob.media.cancel(idOf(carl), cancelled)
    expect(await bob.messages(idOf(carl))).toEqual([])

    await forward(bob, ada, place.id, carl)
    await bob.annotations.deleteForMe(idOf(ada), [{ author: idOf(ada), id: place.id }])
    world.media.faults = {}
    clock.advance(120_000)
    bob.networkAvailable()
    await hasFiles(carl, bob)
    await until(async () => !(await kept('bob')).includes(first ?? ''))
    await until(() => world.chunks('bob').size === 1 && !world.chunks('bob').has(first ?? ''))
    expect(await bob.messages(idOf(carl))).toHaveLength(1)
  })

  it('MD-13: a copy disappears as its own conversation says', async () => {
    const { ada, bob, carl, place } = await three(5)
    await bob.setTimer(idOf(carl), 3_600)
    await forward(bob, ada, place.id, carl)
    await hasFiles(carl, bob)
    expect((await carl.messages(idOf(bob))).at(-1)?.timer).toBe(3_600)
    expect([...world.media.uploads.values()].map(({ hours }) => hours)).toEqual([720, 169])
    expect(JSON.stringify(await itemsOf('carl', idOf(bob)))).toContain('release')
    expect(JSON.stringify(await itemsOf('bob', idOf(ada)))).not.toContain('release')
  })

  it('a text that is named so has no files to pass on, and what is gone is not passed on', async () => {
    const { ada, bob, carl, place } = await three(5)
    await ada.annotations.deleteForEveryone(idOf(bob), { author: idOf(ada), id: place.id })
    await until(async () => (await bob.messages(idOf(ada))).at(-1)?.content.kind === 'deleted')
    await expect(forward(bob, ada, place.id, carl)).rejects.toMatchObject({ code: 'messageNotFound' })
    expect(await bob.messages(idOf(carl))).toEqual([])
  })
})
