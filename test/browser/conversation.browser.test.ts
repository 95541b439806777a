import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { composer, numbered, type Person, readTimeline } from './support/person.ts'
import { ownStage } from './support/shared.ts'
import type { OwnStage } from './support/stage.ts'

let stage: OwnStage
let ada: Person
let ben: Person

beforeAll(async () => {
  stage = await ownStage()
  ;[ada, ben] = await Promise.all([stage.person('ada'), stage.person('ben')])
})

afterAll(() => stage?.close())

/** What stands in each timeline from there on: Ada's texts and the others, each in their order. */
async function readByBoth(from: number, ofAda: readonly string[]): Promise<readonly (readonly string[])[]> {
  const timelines = [await readTimeline(ada.page), await readTimeline(ben.page)]
  return timelines.flatMap((timeline) => {
    const texts = timeline.slice(from)
    return [texts.filter((text) => ofAda.includes(text)), texts.filter((text) => !ofAda.includes(text))]
  })
}

it('two people find each other by username and chat; each sees what became of a message', async () => {
  await ada.find(ben.username)
  await ada.send('Hello Ben')
  await ada.showsState('Hello Ben', 'Delivered')
  await ben.openChat('ada')
  await ben.message('Hello Ben').waitFor()
  await ada.showsState('Hello Ben', 'Read')
  await composer(ben.page).pressSequentially('Hello')
  await ada.page.locator('main header').getByText('typing…').waitFor()
  await ben.send('Hello Ada')
  await ada.message('Hello Ada').waitFor()
  await ben.showsState('Hello Ada', 'Read')
  const [toBen, toAda] = [['Hello Ben'], ['Hello Ada']]
  expect(await readByBoth(0, toBen)).toEqual([toBen, toAda, toBen, toAda])
})

it('a message is sent when the relay has it, also while the other person is away', async () => {
  await ben.goOffline()
  await ada.send('Are you there?')
  await ada.showsState('Are you there?', 'Sent')
  await ben.send('I am in a tunnel')
  await ben.showsState('I am in a tunnel', 'Waiting to be sent')
  await ada.send('Write when you are back')
  await ben.send('Nobody hears me')
  await ben.showsState('Nobody hears me', 'Waiting to be sent')
  await ben.goOnline()
  await ada.message('Nobody hears me').waitFor()
  await ben.message('Write when you are back').waitFor()
  await ada.showsState('Write when you are back', 'Read')
  await ben.showsState('Nobody hears me', 'Read')
  const toBen = ['Are you there?', 'Write when you are back']
  const toAda = ['I am in a tunnel', 'Nobody hears me']
  expect(await readByBoth(2, toBen)).toEqual([toBen, toAda, toBen, toAda])
})

it('everything arrives once and in order when the relay is killed while both write', async () => {
  const [ofAda, ofBen] = [numbered('Ada before, during and after', 12), numbered('Ben before, during and after', 12)]
  const write = async (person: Person, texts: readonly string[]) => {
    for (const text of texts) await person.send(text)
  }
  const crash = ada
    .message(ofAda[2] ?? '')
    .waitFor()
    .then(() => stage.system.crashEdge())
  await Promise.all([write(ada, ofAda), write(ben, ofBen), crash])
  await ada.message(ofBen.at(-1) ?? '').waitFor()
  await ben.message(ofAda.at(-1) ?? '').waitFor()
  expect(await readByBoth(6, ofAda)).toEqual([ofAda, ofBen, ofAda, ofBen])
})

it('a reload keeps everything', async () => {
  const before = await readTimeline(ada.page)
  await ada.page.reload()
  await ada.message(before.at(-1) ?? '').waitFor()
  expect(await readTimeline(ada.page)).toEqual(before)
})

it('what is written and not sent is kept with its formatting, for other tabs and over a reload', async () => {
  const { page } = ada
  await composer(page).pressSequentially('so ')
  await composer(page).press('Control+b')
  await composer(page).pressSequentially('loud')
  const loud = (tab: Page) => tab.locator('form span').getByText('loud', { exact: true })
  await loud(page).waitFor()
  const other = await ada.context.newPage()
  await other.goto('/')
  await other.locator('[data-conversation]', { hasText: 'so loud' }).click()
  await loud(other).waitFor()
  await other.close()
  await page.reload()
  await loud(page).waitFor()
  await composer(page).press('Enter')
  await ben.page.locator('[data-message] strong').getByText('loud', { exact: true }).waitFor()
  expect(await composer(page).inputValue()).toBe('')
})

it('no error, no violation of the policy, no request to anybody else', () => {
  expect([ada.troubles, ben.troubles]).toEqual([[], []])
  const relay = new URL(stage.url).host
  expect([[...ada.network.hosts], [...ben.network.hosts]]).toEqual([[relay], [relay]])
})
