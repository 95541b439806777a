import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { eventually } from '#test/support/system.ts'
import { composer, numbered, type Person, readTimeline } from './support/person.ts'
import { ownStage } from './support/shared.ts'
import type { OwnStage } from './support/stage.ts'

/** Of each of three tabs: as many as it takes to write before, during and after a restart. */
const MESSAGES = 40

let stage: OwnStage
let ada: Person
let ben: Person
let tabs: readonly Page[]
/** Has no SharedWorker. */
let cleo: Person

beforeAll(async () => {
  stage = await ownStage()
  ;[ada, ben] = await Promise.all([stage.person('ada'), stage.person('ben')])
  await ada.find(ben.username)
  tabs = [ada.page, ...(await Promise.all([ada.tab(), ada.tab()]))]
})

afterAll(() => stage?.close())

const since = (moment: number): number => Math.round(performance.now() - moment)

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
  await eventually('all of them', async () => (await readTimeline(ben.page)).length >= 3 * MESSAGES)
  // Again: what came while the timeline was read was not read in its place.
  const texts = await readTimeline(ben.page)
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

it('without SharedWorker, closing the tab that runs the engine hands it over to another', async ({ annotate }) => {
  cleo = await stage.person('cleo', { sharedWorker: false, host: 'localhost' })
  await cleo.find(ben.username)
  const other = await cleo.tab()
  await cleo.send('By way of the first tab', other)
  await cleo.showsState('By way of the first tab', 'Delivered', other)
  // What is being written stays under the hands of its writer.
  await composer(other).fill('By this tab alone')
  const written = await composer(other).elementHandle()
  const closedAt = performance.now()
  await cleo.page.close()
  await composer(other).press('Enter')
  // Shown when the engine has it: a new one, which was started for it.
  await cleo.message('By this tab alone', other).waitFor()
  await annotate(`from closing the tab to a message that the next engine kept: ${since(closedAt)} ms`)
  await cleo.showsState('By this tab alone', 'Delivered', other)
  expect(await written?.evaluate((field) => field.isConnected)).toBe(true)
  await ben.page.goto('/')
  await ben.openChat('cleo')
  await ben.send('Both are here')
  await cleo.message('Both are here', other).waitFor()
  const texts = ['By way of the first tab', 'By this tab alone', 'Both are here']
  expect([await readTimeline(other), await readTimeline(ben.page)]).toEqual([texts, texts])
  expect(cleo.troubles).toEqual([])
})

it('locked by a passkey, the next engine waits for it, and what was being written waits as well', async () => {
  const [host] = cleo.context.pages() as [Page]
  const page = await cleo.tab()
  await addAuthenticator(page)
  await page.goto('/settings/lock')
  await page.getByRole('button', { name: 'Use a passkey' }).click()
  await page.getByRole('button', { name: 'Make a passkey' }).click()
  await page.getByText('Locked by a passkey', { exact: true }).waitFor()
  await page.goto(host.url())
  await composer(page).pressSequentially('Half a thought')
  await host.close()
  await page.getByRole('button', { name: 'Unlock with passkey' }).click()
  await composer(page).waitFor()
  await eventually('the draft', async () => (await composer(page).inputValue()) === 'Half a thought')
  await composer(page).press('Enter')
  await cleo.showsState('Half a thought', 'Read', page)
  expect(cleo.troubles).toEqual([])
})

/** What a phone or a laptop has built in: it knows its user, and derives secrets. For this page alone. */
async function addAuthenticator(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page)
  await session.send('WebAuthn.enable')
  await session.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      ctap2Version: 'ctap2_1',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      hasPrf: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })
}

it('no error, no violation of the policy, no request to anybody else', () => {
  expect([ada.troubles, ben.troubles]).toEqual([[], []])
  const relay = new URL(stage.url).host
  expect([[...ada.network.hosts], [...ben.network.hosts]]).toEqual([[relay], [relay]])
})
