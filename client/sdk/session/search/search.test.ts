import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Engine } from '../engine.ts'
import { messageKey } from '../records.ts'
import { Harness, collect, idOf, until } from '../testing/harness.ts'
import { MovedClock } from '../testing/moved-clock.ts'
import { nullCipher } from '../testing/null-cipher.ts'
import { fold, rangesOf } from './fold.ts'
import { wordsIn } from './query.ts'
import { TextIndex } from './text-index.ts'

describe('what is compared', () => {
  it('makes no difference between cases, accents and compatibility forms', () => {
    expect(fold('Ängström ﬁne ①')).toBe('angstrom fine 1')
    expect(wordsIn('  Hut "old  Bridge" hut ""')).toEqual(['hut', 'old  bridge'])
  })

  it('is shown where it stands in the text itself, whatever folding made of its length', () => {
    const text = 'Ein ﬁnes A\u030angström, 😀 ångström'
    const shown = (words: readonly string[]) =>
      rangesOf(text, words).map(({ start, length }) => text.slice(start, start + length))
    expect(shown(['angstrom'])).toEqual(['A\u030angström', 'ångström'])
    expect(shown(['fin'])).toEqual(['ﬁn'])
    expect(rangesOf('aaaa', ['aa'])).toEqual([{ start: 0, length: 4 }])
    expect(rangesOf('abc', [])).toEqual([])
  })
})

describe('an index', () => {
  const message = (order: number, folded: string, at = order) => ({
    conversation: 'c',
    order,
    id: `m${order}`,
    from: 'ada',
    at,
    folded,
    has: new Set<never>(),
  })

  it('has the newest first, whatever order they came in, each once, and forgets', () => {
    const index = new TextIndex()
    for (const order of [3, 1, 2]) index.put(message(order, `hut ${order}`))
    index.put(message(2, 'bridge'))
    expect(index.size).toBe(3)
    expect(index.find({ words: ['hut'] }, 9).map(({ order }) => order)).toEqual([3, 1])
    expect(index.find({ words: [], before: 3 }, 1).map(({ order }) => order)).toEqual([2])
    index.removeIds('c', ['m3', 'm9'])
    expect(index.find({ words: ['hut'] }, 9).map(({ order }) => order)).toEqual([1])
    index.removeConversation('c')
    expect([index.size, index.since]).toEqual([0, undefined])
  })
})

describe('a search', () => {
  let clock = new MovedClock()
  let harness = new Harness({ timers: clock, cipher: nullCipher })
  let ada: Engine
  let bob: Engine

  beforeEach(async () => {
    clock = new MovedClock()
    harness = new Harness({ timers: clock, cipher: nullCipher })
    ;[ada, bob] = [await harness.person('ada'), await harness.person('bob')]
  })
  afterEach(() => harness.close())

  const bodies = async (text: string, filters: object = {}): Promise<string[]> => {
    const { hits } = await bob.search({ text, ...filters })
    return hits.map(({ message: { content } }) => (content.kind === 'text' ? content.body : content.kind))
  }

  it('finds what is there, what comes, and what is changed, as it is now', async () => {
    await bob.sendText(idOf(ada), 'The hut by the bridge')
    expect(await bob.search({ text: 'HÜT' })).toMatchObject({
      hits: [{ message: { conversation: idOf(ada), order: 1 }, ranges: [{ start: 4, length: 3 }] }],
      more: false,
      coverage: { messages: 1, state: 'complete' },
    })
    const id = await ada.sendText(idOf(bob), 'A second hut: https://example.org')
    await until(async () => (await bodies('hut')).length === 2)
    expect(await bodies('hut second')).toEqual(['A second hut: https://example.org'])
    expect(await bodies('hut', { has: 'link' })).toEqual(['A second hut: https://example.org'])
    expect(await bodies('', { has: 'link' })).toHaveLength(1)
    expect(await bodies('hut', { from: idOf(bob) })).toEqual(['The hut by the bridge'])
    expect(await bodies('hut', { in: idOf(bob) })).toEqual([])
    expect(await bodies('hut', { before: 1 })).toEqual([])
    expect(await bodies('')).toEqual([])
    expect((await bob.search({ text: 'hut', limit: 1 })).more).toBe(true)
    await ada.annotations.edit(idOf(bob), id, { body: 'A second cabin' })
    await until(async () => (await bodies('cabin')).length === 1)
    expect(await bodies('second hut')).toEqual([])
  })

  it('finds nothing of what disappeared or was deleted, and its index does not have it', async () => {
    await bob.setTimer(idOf(ada), 60)
    await bob.sendText(idOf(ada), 'gone in a minute')
    const deleted = await ada.sendText(idOf(bob), 'deleted soon')
    const hidden = await ada.sendText(idOf(bob), 'hidden soon')
    await until(async () => (await bodies('soon')).length === 2)
    await ada.annotations.deleteForEveryone(idOf(bob), { author: idOf(ada), id: deleted })
    await until(async () => (await bodies('deleted')).length === 0)
    await bob.annotations.deleteForMe(idOf(ada), [{ author: idOf(ada), id: hidden }])
    expect(await bodies('soon')).toEqual([])
    expect(await bodies('minute')).toHaveLength(1)
    const expired = collect(bob, 'messagesExpired')
    clock.advance(61_000)
    await until(() => expired.length > 0)
    expect((await bob.search({ text: 'minute' })).hits).toEqual([])
    expect((await bob.search({ text: 'minute' })).coverage.messages).toBe(0)
  })

  it('says what it has read so far, and goes on', async () => {
    await bob.sendText(idOf(ada), 'the first one')
    const store = harness.stores.get('bob')
    if (store === undefined) throw new Error('no store')
    const range = store.range.bind(store)
    let read: (() => void) | undefined
    store.range = async (collection, ...rest) => {
      if (collection === 'message') await new Promise<void>((resolve) => (read = resolve))
      return range(collection, ...rest)
    }
    expect((await bob.search({ text: 'first' })).coverage).toEqual({ messages: 0, state: 'reading' })
    read?.()
    await until(async () => (await bob.search({ text: 'first' })).coverage.state === 'complete')
    expect(await bodies('first')).toEqual(['the first one'])
    store.range = range
  })

  it('keeps nothing in the store, and nothing in memory when nobody searched for a while', async () => {
    await bob.sendText(idOf(ada), 'The hut')
    const before = JSON.stringify(await harness.stores.get('bob')?.all('message'))
    await bob.search({ text: 'hut' })
    expect(JSON.stringify(await harness.stores.get('bob')?.all('message'))).toBe(before)
    clock.advance(11 * 60_000)
    // Read anew: what is not in the store is not found.
    await harness.stores.get('bob')?.commit([{ delete: messageKey(idOf(ada), 1) }])
    expect((await bob.search({ text: 'hut' })).coverage.messages).toBe(0)
  })
})
