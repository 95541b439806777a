import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { LIMITS } from '#protocol/limits.ts'
import { utf8 } from '#protocol/bytes.ts'
import { accountOf, People } from '#test/support/people.ts'
import { sharedStage } from './support/shared.ts'
import type { Stage } from './support/stage.ts'

const SNOWFLAKE = '❄️'
const EMOJI = SNOWFLAKE.repeat(Math.floor(LIMITS.textBytes / utf8(SNOWFLAKE).length))

const HOSTILE = {
  markup: '<img src=x onerror="window.executed=1"><script>window.executed=2</script><svg onload="window.executed=3">',
  attribute: '"><a href="javascript:window.executed=4" style="position:fixed;inset:0">all over</a>',
  link: 'javascript:window.executed=5 and data:text/html,<script>window.executed=6</script> [x](javascript:window.executed=7)',
  address: 'https://example.org/"onmouseover="window.executed=8"/<script>',
  bidi: 'invoice\u202Efdp.exe \u2066 \u2067 \u2068 never closed \u202B\u202D',
  zeroWidth: 'zero\u200B\u200C\u200D\u2060\uFEFFwidth'.repeat(300),
  stacked: `o${'\u0300\u0301\u0302\u0323'.repeat(200)}ver`,
  word: 'W'.repeat(3_000),
  lines: `top${'\n'.repeat(2_000)}bottom`,
  emoji: EMOJI,
} as const

/** Overrides of the direction are taken out, as they make one file name look like another. */
const shown = (body: string): string => body.replaceAll(/[\u202D\u202E]/g, '\u2060')

let stage: Stage
let people: People

beforeAll(async () => {
  stage = await sharedStage()
  people = await People.at(stage.url)
})
afterAll(async () => {
  await people.close()
  await stage.close()
})

/** How much of a body is compared: what is shown of a long message before it is unfolded. */
const SHOWN = 18

it('what a stranger sends is text: it runs nothing, links nowhere it should not, and stays in its place', async () => {
  const person = await stage.person('Cedar', { viewport: { width: 390, height: 844 } })
  const { page } = person
  const bot = await people.register('Mallory')
  await bot.online()
  const cedar = await bot.engine.findByUsername(person.username)
  await bot.engine.sendText(cedar, 'hello')
  await page.locator(`[data-conversation="${accountOf(bot)}"]`).click()
  await person.message('hello').waitFor()

  for (const [name, body] of Object.entries(HOSTILE)) {
    await bot.engine.sendText(cedar, body)
    await bot.engine.sendText(cedar, `after ${name}`)
    await person.message(`after ${name}`).waitFor()

    const message = page.locator('[data-message]', { hasNotText: 'after ' }).last()
    const start = shown(body).slice(0, SHOWN)
    expect(await message.textContent()).toContain(start)
    const more = message.getByRole('button', { name: 'Show more' })
    if ((await more.count()) > 0) {
      await more.click()
      await message.getByRole('button', { name: 'Show less' }).waitFor()
      expect(await message.textContent()).toContain(shown(body))
    }
    const elements = await message.locator('img, script, iframe, object, form, [onerror], [onload]').count()
    const links = await message
      .locator('a')
      .evaluateAll((all) => all.map((link) => (link as HTMLAnchorElement).protocol))
    const badLinks = links.filter((protocol) => !['http:', 'https:', 'mailto:'].includes(protocol))
    const executed = await page.evaluate(() => 'executed' in globalThis)
    const wide = await tooWide(page)
    expect({ name, elements, badLinks, executed, wide }).toEqual({
      name,
      elements: 0,
      badLinks: [],
      executed: false,
      wide: [],
    })
  }
  expect(person.troubles).toEqual([])
})

/** Which of the page, its timeline and its messages reach beyond the viewport's width. */
function tooWide(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const all = [document.documentElement, ...document.querySelectorAll('[data-timeline], [data-message]')]
    return all
      .filter((element) => {
        const { left, right } = element.getBoundingClientRect()
        const scrolls = !element.matches('[data-message]') && element.scrollWidth > element.clientWidth
        return left < 0 || right > innerWidth || scrolls
      })
      .map((element) => element.outerHTML.slice(0, 200))
  })
}
