import { afterAll, beforeAll, expect, it } from 'vitest'
import { composer, type Person, readTimeline } from './support/person.ts'
import { Stage } from './support/stage.ts'

let stage: Stage
let ada: Person
let ben: Person

beforeAll(async () => {
  stage = await Stage.open()
  ;[ada, ben] = await Promise.all([stage.person('ada'), stage.person('ben')])
})

afterAll(() => stage?.close())

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
  expect(await readTimeline(ada.page)).toEqual(['Hello Ben', 'Hello Ada'])
  expect(await readTimeline(ben.page)).toEqual(['Hello Ben', 'Hello Ada'])
})

it('no error, no violation of the policy, no request to anybody else', () => {
  expect([ada.troubles, ben.troubles]).toEqual([[], []])
  const relay = new URL(stage.system.url).host
  expect([[...ada.network.hosts], [...ben.network.hosts]]).toEqual([[relay], [relay]])
})
