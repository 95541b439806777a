import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { eventually } from '#test/support/system.ts'
import { numbered, type Person, readTimeline } from './support/person.ts'
import { Stage } from './support/stage.ts'

/** Each of three tabs. */
const MESSAGES = 60

let stage: Stage
let ada: Person
let ben: Person
let tabs: readonly Page[]

beforeAll(async () => {
  stage = await Stage.open()
  ;[ada, ben] = await Promise.all([stage.person('ada'), stage.person('ben')])
  await ada.find(ben.username)
  tabs = [ada.page, ...(await Promise.all([ada.tab(), ada.tab()]))]
})

afterAll(() => stage?.close())

it('three tabs write at once while the relay restarts: each message arrives once, in its tab’s order', async () => {
  const written = ['One', 'Two', 'Three'].map((tab) => numbered(`${tab} writes`, MESSAGES))
  const writing = tabs.map(async (tab, index) => {
    for (const text of written[index] ?? []) await ada.send(text, tab)
  })
  const crash = ada
    .message(written[0]?.[9] ?? '')
    .waitFor()
    .then(() => stage.system.crashEdge())
  await Promise.all([...writing, crash])
  await ben.openChat('ada')
  let texts: readonly string[] = []
  await eventually('all of them', async () => (texts = await readTimeline(ben.page)).length >= 3 * MESSAGES)
  expect(written.map((own) => texts.filter((text) => own.includes(text)))).toEqual(written)
  expect(texts).toHaveLength(3 * MESSAGES)
})

it('the tabs that stay go on when others are closed', async () => {
  const [first, second, third] = tabs as [Page, Page, Page]
  await first.close()
  await ada.send('Written in the second tab', second)
  await ben.message('Written in the second tab').waitFor()
  await second.close()
  await ada.send('Written in the third tab', third)
  await ben.message('Written in the third tab').waitFor()
  await ben.send('I read them both')
  await ada.message('I read them both', third).waitFor()
  expect(await ada.message('Written in the second tab', third).count()).toBe(1)
  expect(await ada.message('Written in the third tab', third).count()).toBe(1)
})

it('without SharedWorker, closing the tab that runs the engine hands it over to another', async () => {
  const cleo = await stage.person('cleo', { sharedWorker: false })
  await cleo.find(ben.username)
  const other = await cleo.tab()
  await cleo.send('By way of the first tab', other)
  await cleo.showsState('By way of the first tab', 'Delivered', other)
  await cleo.page.close()
  await cleo.send('By this tab alone', other)
  await cleo.showsState('By this tab alone', 'Delivered', other)
  await ben.page.goto('/')
  await ben.openChat('cleo')
  await ben.send('Both are here')
  await cleo.message('Both are here', other).waitFor()
  const texts = ['By way of the first tab', 'By this tab alone', 'Both are here']
  expect([await readTimeline(other), await readTimeline(ben.page)]).toEqual([texts, texts])
  expect(cleo.troubles).toEqual([])
})

it('no error, no violation of the policy, no request to anybody else', () => {
  expect([ada.troubles, ben.troubles]).toEqual([[], []])
  const relay = new URL(stage.system.url).host
  expect([[...ada.network.hosts], [...ben.network.hosts]]).toEqual([[relay], [relay]])
})
