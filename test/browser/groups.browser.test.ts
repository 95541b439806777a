import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Person, composer, readTimeline } from './support/person.ts'
import { Stage } from './support/stage.ts'

let stage: Stage
let ada: Person
let ben: Person
let cleo: Person

beforeAll(async () => {
  stage = await Stage.open()
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
  const dan = await stage.person('dan')
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
  expect(dan.troubles).toEqual([])
})

it('no error, no violation of the policy, no request to anybody else', () => {
  expect([ada.troubles, ben.troubles, cleo.troubles]).toEqual([[], [], []])
  const relay = new URL(stage.system.url).host
  for (const { network } of [ada, ben, cleo]) expect([...network.hosts]).toEqual([relay])
})
