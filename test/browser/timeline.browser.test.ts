import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ascend } from './support/ascent.ts'
import { giveHistories } from './support/histories.ts'
import { type Person, composer } from './support/person.ts'
import { sharedStage } from './support/shared.ts'
import type { Stage } from './support/stage.ts'

const CAROL = 3_000

let stage: Stage

beforeAll(async () => {
  stage = await sharedStage()
})

afterAll(() => stage?.close())

describe.each(['reduce', 'no-preference'] as const)('with a long past, prefers-reduced-motion: %s', (reducedMotion) => {
  let ada: Person
  beforeAll(async () => {
    ada = await stage.person('ada', { reducedMotion })
    await giveHistories(ada, [
      // Far more than are watched: some come before the watch begins.
      { name: 'Carol', messages: CAROL },
      { name: 'Dan', messages: 300 },
    ])
  })
  afterAll(() => ada?.context.close())

  it('a conversation opens at its end, and again where it was opened before', async () => {
    for (const name of ['Carol', 'Dan', 'Carol']) {
      await ada.openChat(name)
      const last = ada.message(`${name} ${name === 'Dan' ? 300 : CAROL}`)
      await last.waitFor()
      // Rows are measured as they come into view, which takes a few frames.
      const gap = () =>
        last.evaluate((message) => {
          const bottom = message.closest('[data-timeline]')?.getBoundingClientRect().bottom ?? 0
          return bottom - message.getBoundingClientRect().bottom
        })
      const isBelow = async () => (await gap()) >= 0 && (await gap()) < 40
      await expect
        .poll(isBelow, { message: `the last message of ${name} stands at the end`, timeout: 5_000 })
        .toBe(true)
    }
  })

  it('no row in view moves when older messages come in front', async () => {
    await ada.openChat('Carol')
    await composer(ada.page).waitFor()
    await ada.message(`Carol ${CAROL}`).waitFor()
    const prepends = await ascend(ada.page, 500)
    expect(prepends.reduce((sum, { rows }) => sum + rows, 0)).toBeGreaterThanOrEqual(500)
    expect(Math.max(...prepends.map(({ drift }) => drift))).toBeLessThanOrEqual(1)
  })
})
