import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Person, composer, readTimeline } from './support/person.ts'
import { ownStage } from './support/shared.ts'
import type { OwnStage } from './support/stage.ts'

let stage: OwnStage
let ada: Person
let ben: Person
let cleo: Person
/** Joins by a link. */
let dan: Person

beforeAll(async () => {
  stage = await ownStage()
  ;[ada, ben, cleo] = await Promise.all([stage.person('ada'), stage.person('ben'), stage.person('cleo')])
})

afterAll(() => stage?.close())

/** Opens the screen of the group that is open. */
async function openGroup({ page }: Person): Promise<void> {
  await page.locator('main header').getByRole('link').last().click()
  await page.getByRole('heading', { name: 'Members' }).waitFor()
}

it('a group is made of people found by username, and all of them talk in it', async () => {
  const { page } = ada
  await page.goto('/new/group')
  for (const { username } of [ben, cleo]) {
    await page.getByLabel('Search people, or type a username').fill(username)
    await page.getByLabel('Search people, or type a username').press('Enter')
    await page.getByRole('button', { name: `Remove @${username}` }).waitFor()
  }
  await page.getByRole('button', { name: 'Next' }).click()
  await page.getByLabel('Name of the group').fill('Rope team')
  await page.getByRole('button', { name: 'Create group' }).click()
  await composer(page).waitFor()
  await ada.send('Hello both')
  for (const person of [ben, cleo]) {
    await person.openChat('Rope team')
    await person.message('Hello both').waitFor()
  }
  await ben.page.getByText('ada added you.').waitFor()
  await composer(ben.page).fill('Hello')
  await cleo.page.locator('main header').getByText('ben is typing…').waitFor()
  await ben.send('Hello from Ben')
  await ada.message('Hello from Ben').waitFor()
  await cleo.message('Hello from Ben').getByText('ben', { exact: true }).waitFor()
  const texts = (await readTimeline(cleo.page)).filter((text) => text.includes('Hello'))
  expect(texts.map((text) => text.replace(/^(ada|ben)/, ''))).toEqual(['Hello both', 'Hello from Ben'])
})

it('everything that members say arrives once, also over a crash of the relay', async () => {
  const texts = Array.from({ length: 12 }, (_, at) => `Talk ${String(at).padStart(2, '0')}`)
  const crash = ben
    .message(texts[3] ?? '')
    .waitFor()
    .then(() => stage.system.crashEdge())
  for (const text of texts) await ada.send(text)
  await crash
  for (const person of [ben, cleo]) {
    await person.message(texts.at(-1) ?? '').waitFor()
    const read = (await readTimeline(person.page)).filter((text) => text.includes('Talk '))
    expect(read.map((text) => text.replace(/^ada/, ''))).toEqual(texts)
  }
})

it('a person joins by a link, is shown what was said before, and writes; one who is removed is told, and reads nothing more', async () => {
  await openGroup(ada)
  await ada.page.getByRole('radio', { name: 'The last 25' }).click()
  await ada.page.getByText('Saved for all members').waitFor()
  await ada.page.getByRole('button', { name: 'Create a link' }).click()
  const url = await ada.page.getByText(/\/j\/.+#/).innerText()
  dan = await stage.person('dan')
  await dan.page.goto(url)
  await dan.page.getByRole('button', { name: 'Join' }).click()
  await composer(dan.page).waitFor()
  expect(dan.page.url()).not.toContain('#')
  await dan.message('Talk 11').waitFor()
  await dan.page.getByText(/^Shared by (ada|ben|cleo)\. These messages/).waitFor()
  const before = (await readTimeline(dan.page)).map((text) => /Hello.*|Talk \d+|You joined/.exec(text)?.[0])
  const talk = Array.from({ length: 12 }, (_, at) => `Talk ${String(at).padStart(2, '0')}`)
  expect(before).toEqual(['Hello both', 'Hello from Ben', ...talk, 'You joined'])
  await dan.send('I came by the link')
  await cleo.message('I came by the link').waitFor()
  await ada.page.getByRole('button', { name: /^ben/ }).click()
  await ada.page.getByRole('menuitem', { name: 'Remove from the group' }).click()
  await ada.page.getByRole('button', { name: 'Remove', exact: true }).click()
  await ben.page.getByText('You were removed from this group. You can still read').waitFor()
  await cleo.page.locator('[data-conversation]').getByText('ada removed ben.').waitFor()
  await dan.send('Ben is gone')
  await cleo.message('Ben is gone').waitFor()
  expect(await ben.message('Ben is gone').count()).toBe(0)
})

it('a mention is marked in the list, receipts are told by member, and roles are given after a question', async () => {
  const { page } = ada
  const group = new URL(page.url()).pathname
  // Receipts go to contacts alone.
  for (const { username } of [cleo, dan]) {
    await ada.find(username)
    await ada.send('Now you can tell me')
    await ada.showsState('Now you can tell me', 'Delivered')
  }
  await page.goto(group)
  await composer(cleo.page).pressSequentially('@ad')
  await cleo.page.getByRole('option', { name: /ada/ }).waitFor()
  await cleo.page.keyboard.press('Enter')
  await composer(cleo.page).pressSequentially('look up')
  await cleo.page.keyboard.press('Enter')
  // Ada is on the group's screen, and not in the conversation.
  const row = page.locator('[data-conversation]', { hasText: 'Rope team' })
  await row.getByText('You were mentioned').waitFor()
  await row.click()
  await ada.message('look up').waitFor()
  await row.getByText('You were mentioned').waitFor({ state: 'detached' })
  await ada.send('I see it')
  for (const reader of [cleo, dan]) await reader.message('I see it').waitFor()
  await ada.message('I see it').getByText('by 2 members').waitFor()
  await ada.message('I see it').click({ button: 'right' })
  await page.getByRole('menuitem', { name: 'Read by…' }).click()
  const readers = page.getByRole('dialog').getByRole('listitem')
  await readers.nth(1).waitFor()
  expect(new Set((await readers.allInnerTexts()).map((text) => /cleo|dan/.exec(text)?.[0]))).toEqual(
    new Set(['cleo', 'dan']),
  )
  await page.keyboard.press('Escape')
  await openGroup(ada)
  await page.getByRole('button', { name: /^cleo/ }).click()
  await page.getByRole('menuitem', { name: 'Make admin' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Make admin' }).click()
  await cleo.page.getByText('ada made you an admin.').last().waitFor()
  // Cleo may now what she could not before; Dan still may not.
  await openGroup(cleo)
  await cleo.page.getByRole('button', { name: 'Rename' }).waitFor()
  await openGroup(dan)
  expect(await dan.page.getByRole('button', { name: 'Rename' }).count()).toBe(0)
})

it('whoever leaves is asked before, is told so, and keeps what was written', async () => {
  await dan.page.getByRole('button', { name: 'Leave group' }).click()
  await dan.page.getByRole('dialog').getByRole('button', { name: 'Leave' }).click()
  await dan.page.locator('#pane').getByText('You left this group').waitFor()
  // What it would show of the members is not known any more.
  expect(await dan.page.getByRole('heading', { name: 'Members' }).count()).toBe(0)
  await dan.page.goBack()
  await dan.message('Ben is gone').waitFor()
  expect(await composer(dan.page).count()).toBe(0)
  await cleo.page.locator('[data-conversation]').getByText('dan left.').waitFor()
})

it('no error, no violation of the policy, no request to anybody else', () => {
  expect([ada, ben, cleo, dan].map(({ troubles }) => troubles)).toEqual([[], [], [], []])
  const relay = new URL(stage.url).host
  for (const { network } of [ada, ben, cleo, dan]) expect([...network.hosts]).toEqual([relay])
})
