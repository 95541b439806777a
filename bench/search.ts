/**
 * `node bench/search.ts`: a conversation of 100,000 messages, searched through the engine, on a store in memory. Prints what
 * reading them takes, and a search after it, and writes both to `bench/results/search.json`.
 */

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Change } from '#sdk/store/store.ts'
import { drawMessageId } from '#sdk/session/message-id.ts'
import { conversationKey, messageKey } from '#sdk/session/records.ts'
import { Harness, idOf } from '#sdk/session/testing/harness.ts'
import { nullCipher } from '#sdk/session/testing/null-cipher.ts'
import { describeMachine } from './machine.ts'
import { quantile } from './statistics.ts'

const MESSAGES = 100_000
const SEARCHES = 400
/** What a person waits for without noticing, in milliseconds. */
const GOAL = 50
const WORDS =
  'the hut opens at six bring a lamp and tell whoever comes after you that the pass is closed when snow lies on the ridge over night we meet by the bridge with skis rope stove map'.split(
    ' ',
  )

const machine = describeMachine()
// The same texts in every run.
let state = 42
const below = (most: number): number => {
  state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
  return Math.floor((state / 2_147_483_648) * most)
}
const sentence = (): string => Array.from({ length: 4 + below(24) }, () => WORDS[below(WORDS.length)]).join(' ')

const harness = new Harness({ cipher: nullCipher })
const engine = await harness.person('ada')
const other = drawMessageId()
const store = harness.stores.get('ada')
if (store === undefined) throw new Error('no store')
const now = Date.now()
for (let at = 0; at < MESSAGES; at += 1_000) {
  const changes = Array.from({ length: 1_000 }, (_, index): Change => {
    const order = at + index + 1
    const from = { account: order % 2 === 0 ? idOf(engine) : other, device: 1 }
    // One in ten thousand has a word that nothing else has.
    const body = order % 10_000 === 1 ? `${sentence()} Ödland` : sentence()
    const value = {
      id: drawMessageId(),
      from,
      at: now - (MESSAGES - order) * 60_000,
      state: 'read',
      content: { kind: 'text', body },
    }
    return { put: messageKey(other, order), value }
  })
  await store.commit(changes)
}
const conversation = { nextOrder: MESSAGES + 1, unread: 0, readUpTo: MESSAGES, lastAt: now, profileSent: true }
await store.commit([{ put: conversationKey(other), value: conversation }])

const begun = performance.now()
let coverage
do coverage = (await engine.search({ text: 'odland' })).coverage
while (coverage.state === 'reading')
const reading = performance.now() - begun

const KINDS = {
  'a frequent word': () => WORDS[below(WORDS.length)] ?? '',
  'three words': () => sentence().split(' ').slice(0, 3).join(' '),
  'a rare word': () => 'ödland',
  'a word that is nowhere': () => `glacier${below(1_000)}`,
  'a phrase': () => `"${sentence().split(' ').slice(0, 3).join(' ')}"`,
}
const figures = []
for (const [name, query] of Object.entries(KINDS)) {
  const times: number[] = []
  for (let at = 0; at < SEARCHES; at += 1) {
    const text = query()
    const before = performance.now()
    await engine.search({ text })
    times.push(performance.now() - before)
  }
  figures.push({ name, p50: quantile(times, 0.5), p95: quantile(times, 0.95) })
}
await harness.close()

const result = {
  at: new Date().toISOString(),
  command: 'node bench/search.ts',
  machine,
  unit: 'ms',
  messages: coverage.messages,
  searches: SEARCHES,
  goal: { p95: GOAL },
  reading,
  figures,
}
process.stdout.write(`${JSON.stringify({ reading, figures }, undefined, 2)}\n`)
await writeFile(join(import.meta.dirname, 'results', 'search.json'), `${JSON.stringify(result, undefined, 2)}\n`)
if (figures.some(({ p95 }) => p95 > GOAL)) process.exitCode = 1
