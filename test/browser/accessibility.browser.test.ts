import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { violations } from './support/axe.ts'
import { DESKTOP, Gallery, PHONE, type Theme } from './support/gallery.ts'
import { Keys } from './support/keys.ts'
import { SCREENS } from './support/screens.ts'
import { chat, MESSAGE } from './support/screens/screen.ts'
import { SingleScreens } from './support/single-screens.ts'
import { launch } from './support/stage.ts'

let served: SingleScreens
let browser: Browser

beforeAll(async () => {
  ;[served, browser] = await Promise.all([SingleScreens.serve(), launch()])
})

afterAll(async () => {
  await browser?.close()
  served?.close()
})

/** What of the screens is looked at in another direction: one of each kind. */
const IN_ARABIC = [
  'list',
  'conversation-right-to-left',
  'group-screen-owner',
  'safety-number',
  'settings-appearance',
  'conversation-menu',
]

/** Where the second half begins: at a screen that does not go on from the one before. */
const half = SCREENS.findIndex(({ url }, at) => at >= SCREENS.length / 2 && url !== undefined)

// Both at once: each leaves the machine to the other while it waits.
it.concurrent.for([
  { part: 'first', screens: SCREENS.slice(0, half) },
  { part: 'second', screens: SCREENS.slice(half) },
] as const)(
  'axe finds nothing on any screen of the $part half, wide in both themes, and narrow',
  { timeout: 300_000 },
  async ({ screens }, { expect: expected }) => {
    const gallery = await Gallery.open(browser, served.url, DESKTOP)
    const found: string[] = []
    let theme: Theme = 'light'
    for (const screen of screens) {
      await gallery.show(screen)
      const look = async (colour: 'too' | 'only' | 'not', how: string) => {
        const lines = await violations(gallery.page, { colour })
        found.push(...lines.map((line) => `${screen.name}, ${how}: ${line}`))
      }
      await look('too', theme)
      // The other theme has the same elements in other colours.
      theme = theme === 'light' ? 'dark' : 'light'
      await gallery.theme(theme)
      await look('only', theme)
      // The other width, the same colours in other places.
      await gallery.resize(PHONE)
      await look('not', 'narrow')
      found.push(...(await gallery.sticksOut()).map((line) => `${screen.name}, narrow, sticks out: ${line}`))
      await gallery.resize(DESKTOP)
    }
    expected(found).toEqual([])
    expected(gallery.troubles).toEqual([])
    await gallery.close()
  },
)

it('in Arabic nothing is drawn before its texts are there, all stands from the right, and axe finds nothing', async () => {
  const context = await browser.newContext({ baseURL: served.url, viewport: PHONE, locale: 'ar-EG' })
  const first = await context.newPage()
  const texts = Promise.withResolvers<undefined>()
  await first.route('**/assets/messages-*.js', async (route) => {
    await texts.promise
    await route.continue()
  })
  const asked = first.waitForRequest('**/assets/messages-*.js')
  await first.goto('/?fake=new')
  const root = first.locator('html')
  expect([await root.getAttribute('lang'), await root.getAttribute('dir')]).toEqual(['ar', 'rtl'])
  await asked
  expect(await first.locator('#root').innerText()).toBe('SilentRelay')
  texts.resolve(undefined)
  await first.getByRole('heading', { level: 1, name: 'مرحبًا بك في SilentRelay' }).waitFor()
  await context.close()

  const gallery = await Gallery.open(browser, served.url, DESKTOP)
  const found: string[] = []
  for (const name of IN_ARABIC) {
    const screen = SCREENS.find((one) => one.name === name)
    if (screen === undefined) throw new Error(`no screen ${name}`)
    await gallery.show(screen)
    await gallery.language('ar')
    found.push(...(await violations(gallery.page, { colour: 'not' })).map((line) => `${name}: ${line}`))
    await gallery.resize(PHONE)
    // Nothing sticks out on either side.
    const { scrollWidth, clientWidth } = await gallery.page.evaluate(() => document.documentElement)
    expect([name, scrollWidth]).toEqual([name, clientWidth])
    await gallery.resize(DESKTOP)
    if (name === 'safety-number') {
      // Arrow keys lead where they point.
      await gallery.page.getByRole('tab').first().focus()
      await gallery.page.keyboard.press('ArrowLeft')
      await expect.poll(() => gallery.page.getByRole('tab').nth(1).getAttribute('aria-selected')).toBe('true')
    }
    await gallery.language('en')
  }
  expect(found).toEqual([])
  expect(gallery.troubles).toEqual([])
  await gallery.close()
})

it('while the code of a screen is fetched, the page has its landmark and its heading', async () => {
  const gallery = await Gallery.open(browser, served.url, PHONE)
  for (const [pathname, code] of [
    ['/new', 'new-conversation'],
    ['/settings', 'settings-screen'],
  ] as const) {
    // Never answered.
    await gallery.page.route(`**/assets/${code}-*.js`, () => undefined)
    await gallery.show({ name: code, url: `${pathname}?extra=${code.length}`, ready: 'role=heading[name="Loading…"]' })
    expect(await violations(gallery.page)).toEqual([])
  }
  await gallery.close()
})

it('without a pointer, what failed is tried again, and what could not be read is explained; no focus is lost', async () => {
  const gallery = await Gallery.open(browser, served.url, DESKTOP)
  const keys = new Keys(gallery.page)
  await gallery.show({ name: 'failed', url: chat('states'), ready: MESSAGE })
  await keys.rests('textbox "Message to')
  await keys.tabTo('button "Try again"', 'Shift+Tab')
  await keys.press('Enter')
  // The button goes with what it did.
  await keys.rests('article "You: This one failed.')
  await gallery.show({ name: 'unread', url: chat('undecryptable'), ready: MESSAGE })
  await keys.rests('textbox "Message to')
  await keys.tabTo('button "What does this mean?"', 'Shift+Tab')
  await keys.press('Enter')
  await keys.rests('button "Close"')
  await keys.press('Escape')
  await keys.rests('button "What does this mean?"')
  expect([...keys.unseen]).toEqual([])
  await gallery.close()
})

it('when messages disappear, what is left in view stays where it is, and no focus is lost', async () => {
  const gallery = await Gallery.open(browser, served.url, DESKTOP)
  const endless = chat('endless')
  await gallery.show({ name: 'endless', url: endless, ready: 'role=button[name=/new messages/]' })
  const conversation = endless.slice('/c/'.length)
  const seen = await gallery.page.locator('[data-timeline]').evaluate(async (timeline, id) => {
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve))
    /** Tops of the messages in view, by their orders. */
    const inView = () => {
      const { top, bottom } = timeline.getBoundingClientRect()
      const rows = [...timeline.querySelectorAll<HTMLElement>('[data-message]')].map((row) => ({
        order: Number(/#(\d+)/.exec(row.textContent)?.[1]),
        row,
        rect: row.getBoundingClientRect(),
      }))
      return rows.filter(({ rect }) => rect.bottom > top && rect.top < bottom)
    }
    // Somewhere in between, with the edge of the view inside of a row.
    timeline.scrollTop -= 433
    for (let left = 10; left > 0; left -= 1) await frame()
    const before = inView()
    const [first, second] = before
    if (first === undefined || second === undefined) throw new Error('nothing is in view')
    first.row.focus({ preventScroll: true })
    const last = before.at(-1)?.order ?? 0
    const orders = [first.order - 9, first.order - 2, first.order - 1, first.order, second.order, last + 1, last + 5]
    dispatchEvent(new CustomEvent('fake:expire', { detail: { conversation: id, orders } }))
    let drift = 0
    for (let left = 20; left > 0; left -= 1) {
      await frame()
      const now = new Map(inView().map(({ order, rect }) => [order, rect.top]))
      for (const { order, rect } of before.slice(2)) drift = Math.max(drift, Math.abs((now.get(order) ?? 0) - rect.top))
    }
    const after = [...timeline.querySelectorAll('[data-message]')].map((row) => row.textContent)
    return {
      drift,
      watched: before.length - 2,
      left: orders.filter((order) => after.some((text) => text.includes(`#${order} `))),
      hasFocus: document.activeElement?.matches('[data-message]') ?? false,
    }
  }, conversation)
  expect(seen.watched).toBeGreaterThan(2)
  expect(seen.drift).toBeLessThanOrEqual(1)
  expect(seen).toMatchObject({ left: [], hasFocus: true })
  await gallery.close()
})

it('people who are looked up one quickly after the other are all chosen, and what is typed meanwhile stays', async () => {
  const gallery = await Gallery.open(browser, served.url, DESKTOP)
  await gallery.show({ name: 'picker', url: '/new/group', ready: 'role=button[name="Go on without others for now"]' })
  const field = gallery.page.getByLabel('Search people, or type a username')
  const chips = gallery.page.getByRole('button', { name: /^Remove @/ })
  for (const username of ['slow.anna', 'bo.frost', 'nobody']) {
    await field.fill(username)
    await field.press('Enter')
  }
  await field.fill('cy')
  await gallery.page.getByText('@nobody: ').waitFor()
  await chips.nth(1).waitFor()
  const chosen = await chips.evaluateAll((all) => all.map((chip) => chip.getAttribute('aria-label')))
  expect(new Set(chosen)).toEqual(new Set(['Remove @bo.frost', 'Remove @slow.anna']))
  expect(await field.inputValue()).toBe('cy')
  expect(gallery.troubles).toEqual([])
  await gallery.close()
})
