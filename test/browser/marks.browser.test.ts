import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { PHONE } from './support/gallery.ts'
import { type Person, composer } from './support/person.ts'
import { sharedStage } from './support/shared.ts'
import type { Stage } from './support/stage.ts'

let stage: Stage
let ada: Person
let ben: Person

beforeAll(async () => {
  stage = await sharedStage()
  ;[ada, ben] = await Promise.all([stage.person('ada'), stage.person('ben', { viewport: PHONE, hasTouch: true })])
  await ada.find(ben.username)
  await ada.send('Where do we meet?')
  await ben.openChat('ada')
  await write(ben.page, 'By the bridge', 'Send')
  await ada.message('By the bridge').waitFor()
})

afterAll(() => stage?.close())

const quoteIn = (page: Page, text: string) =>
  page.locator('[data-message]', { hasText: text }).getByTitle('Show the message')
const deleted = ({ page }: Person) => page.locator('[data-message]', { hasText: 'This message was deleted.' })

async function choose(person: Person, text: string, entry: string): Promise<void> {
  // What answers a message has its words too, and stands below it.
  await person.message(text).first().click({ button: 'right' })
  await person.page.getByRole('menuitem', { name: entry }).click()
}

/** Where Enter begins a new line. */
async function write(page: Page, text: string, button: 'Send' | 'Save'): Promise<void> {
  await composer(page).fill(text)
  await page.getByRole('button', { name: button, exact: true }).click()
}

/** A finger that stays. */
async function longPress(page: Page, text: string): Promise<void> {
  const box = await page.locator('[data-message]', { hasText: text }).last().boundingBox()
  if (box === null) throw new Error('it is not there')
  const session = await page.context().newCDPSession(page)
  const touchPoints = [{ x: box.x + box.width / 2, y: box.y + box.height / 2 }]
  await session.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints })
  await page.getByRole('menu').waitFor()
  await session.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] })
  await session.detach()
}

it('an answer shows what it answers, also after that was edited, and leads there', async () => {
  await choose(ada, 'By the bridge', 'Reply')
  await ada.page.getByRole('group', { name: 'Answer to ben' }).waitFor()
  await composer(ada.page).fill('At what time?')
  await composer(ada.page).press('Enter')
  await quoteIn(ben.page, 'At what time?').getByText('By the bridge').waitFor()
  // The last own message, by a key.
  await composer(ben.page).press('ArrowUp')
  await ben.page.getByRole('group', { name: 'Edit message' }).waitFor()
  await write(ben.page, 'By the old bridge', 'Save')
  await quoteIn(ada.page, 'At what time?').getByText('By the old bridge').waitFor()
  expect(await composer(ben.page).inputValue()).toBe('')
  await ada.message('By the old bridge').getByText('edited').first().waitFor()
  await quoteIn(ada.page, 'At what time?').click()
  await ada.page.locator('[data-message][data-marked]', { hasText: 'By the old bridge' }).waitFor()
  await choose(ada, 'edited', 'Edit history…')
  const versions = ada.page.getByRole('dialog').locator('li [dir=auto]')
  await versions.first().waitFor()
  expect(await versions.allInnerTexts()).toEqual(['By the old bridge', 'By the bridge'])
  await ada.page.keyboard.press('Escape')
})

it('with a finger, one reacts, and takes it back by a press', async () => {
  await longPress(ben.page, 'At what time?')
  await ben.page.getByRole('menuitemcheckbox', { name: 'React with 👍' }).click()
  const reaction = ada.page.locator('li', { hasText: 'At what time?' }).getByRole('button', { name: '👍' })
  await reaction.waitFor()
  expect(await reaction.getAttribute('aria-pressed')).toBe('false')
  await reaction.click()
  await ben.page.getByRole('button', { name: '👍 2 people' }).click()
  await ada.page.getByRole('button', { name: '👍 1 person' }).waitFor()
  await choose(ada, 'At what time?', 'Who reacted…')
  await ada.page.getByRole('dialog').getByText('You').waitFor()
  await ada.page.keyboard.press('Escape')
})

it('a pinned message is held up for both, and leads to where it stands', async () => {
  await choose(ada, 'Where do we meet?', 'Pin')
  const bar = ben.page.getByRole('button', { name: 'Pinned message 1 of 1. Show it.' })
  await bar.click()
  await ben.page.locator('[data-message][data-marked]', { hasText: 'Where do we meet?' }).waitFor()
  await choose(ada, 'Where do we meet?', 'Unpin')
  await bar.waitFor({ state: 'detached' })
})

it('a text is passed on to others without saying whose it was', async () => {
  const cleo = await stage.person('cleo')
  await cleo.find(ada.username)
  await cleo.send('Tell me where')
  await ada.page.getByText('Tell me where').waitFor()
  await choose(ada, 'By the old bridge', 'Forward…')
  await ada.page.getByRole('checkbox', { name: 'cleo' }).check()
  await ada.page.getByRole('button', { name: 'Forward to 1 conversation' }).click()
  await cleo.message('By the old bridge').getByText('Forwarded').waitFor()
  expect(await cleo.page.locator('[data-timeline]').innerText()).not.toContain('ben')
  expect(cleo.troubles).toEqual([])
  await cleo.context.close()
})

it('a message is found by its words as they are now, and shown where it stands', async () => {
  const { page } = ada
  await page.keyboard.press('Control+k')
  const field = page.getByRole('combobox', { name: 'Conversations and messages' })
  await field.fill('BRÍDGE from:ben')
  const found = page.getByRole('option').filter({ hasText: 'By the old bridge' })
  await found.locator('mark').getByText('bridge').waitFor()
  await page.getByText(/^Searched all \d+ messages on this device/).waitFor()
  await field.press('Enter')
  await page.locator('[data-message][data-marked]', { hasText: 'By the old bridge' }).waitFor()
})

it('what is deleted for oneself stays with the other side; for everyone, nothing but that it was there', async () => {
  await choose(ben, 'At what time?', 'Delete…')
  await ben.page.getByRole('button', { name: 'Delete for me' }).click()
  await ben.message('At what time?').waitFor({ state: 'detached' })
  // Also while the other side is away.
  await ada.goOffline()
  await choose(ben, 'By the old bridge', 'Delete…')
  await ben.page.getByRole('button', { name: 'Delete for everyone' }).click()
  await deleted(ben).waitFor()
  await ada.goOnline()
  await deleted(ada).first().waitFor()
  await quoteIn(ada.page, 'At what time?').getByText('This message was deleted.').waitFor()
  await ada.page.reload()
  await ada.message('At what time?').waitFor()
  expect(await ada.page.locator('[data-timeline]').getByText('By the old bridge').count()).toBe(0)
  await ada.page.keyboard.press('Control+k')
  await ada.page.getByRole('combobox', { name: 'Conversations and messages' }).fill('bridge from:ben')
  await ada.page.getByText('No message has that.').waitFor()
  await ada.page.keyboard.press('Escape')
})

it('no error, no violation of the policy, no request to anybody else', () => {
  expect([ada.troubles, ben.troubles]).toEqual([[], []])
  const relay = new URL(stage.url).host
  expect([[...ada.network.hosts], [...ben.network.hosts]]).toEqual([[relay], [relay]])
})
