import { afterAll, beforeAll, expect, it } from 'vitest'
import { violations } from './support/axe.ts'
import { PHONE } from './support/gallery.ts'
import { type Person, composer } from './support/person.ts'
import { sharedStage } from './support/shared.ts'
import type { Stage } from './support/stage.ts'

let stage: Stage
let ada: Person
let ben: Person

beforeAll(async () => {
  stage = await sharedStage()
  ;[ada, ben] = await Promise.all([stage.person('ada'), stage.person('ben', { strangersAsk: true })])
})

afterAll(() => stage?.close())

it('a stranger’s message is a request: deleted, asked again, accepted, and its author blocked and unblocked', async () => {
  const { page } = ben
  await page.goto('/settings/privacy')
  await page.getByRole('switch', { name: 'Strangers ask first', checked: true }).waitFor()
  await page.getByText('You have blocked nobody.').waitFor()
  await page.goto('/')
  await ada.find(ben.username)
  await ada.send('Hello stranger')

  const requests = page.getByRole('button', { name: 'Message requests' })
  await requests.waitFor()
  expect(await page.locator('[data-conversation]').count()).toBe(0)
  await page.setViewportSize(PHONE)
  await requests.press('Enter')
  await page.locator('[data-conversation]', { hasText: 'ada' }).click()
  await ben.message('Hello stranger').waitFor()
  const bar = page.getByText('wrote to you for the first time')
  await bar.waitFor()
  expect(await composer(page).count()).toBe(0)
  expect(await violations(page)).toEqual([])
  await page.emulateMedia({ colorScheme: 'dark' })
  expect(await violations(page, { colour: 'only' })).toEqual([])
  await page.getByRole('button', { name: 'Delete', exact: true }).press('Enter')
  await page.getByRole('dialog').getByRole('button', { name: 'Delete', exact: true }).press('Enter')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  await expect.poll(() => requests.count()).toBe(0)
  await ada.showsState('Hello stranger', 'Sent')

  await ada.send('Please')
  await requests.click()
  await page.locator('[data-conversation]', { hasText: 'ada' }).click()
  await page.getByRole('button', { name: 'Accept' }).press('Enter')
  await composer(page).waitFor()
  await ada.showsState('Please', 'Read')
  await ben.send('Now we know each other')
  await ada.message('Now we know each other').waitFor()

  await page.goto(`${new URL(page.url()).pathname}/contact`)
  await page.getByText('The relay is not told that your messages to them come from you.').waitFor()
  await page.getByRole('button', { name: 'Block', exact: true }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Block', exact: true }).click()
  await page.getByRole('button', { name: 'Unblock' }).waitFor()
  await ada.send('Are you angry?')
  await ada.showsState('Are you angry?', 'Sent')
  await page.goto('/settings/privacy')
  await page.getByRole('button', { name: 'Unblock ada' }).click()
  await page.getByText('You have blocked nobody.').waitFor()
  await ada.send('Friends again')
  await page.goto('/')
  await ben.openChat('ada')
  await ben.message('Friends again').waitFor()
  expect(await ben.message('Are you angry?').count()).toBe(0)
  expect(ben.troubles).toEqual([])
})
