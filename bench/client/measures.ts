/** What is measured of the interface. Times are milliseconds. */

import type { Page } from 'playwright-core'
import type { History } from '#test/browser/support/histories.ts'
import { composer } from '#test/browser/support/person.ts'
import type { Observed, Observer, Wanted } from './observe.ts'

const MESSAGES = '[data-timeline] [data-message]'
/** Between two measurements: what the last one left to be done is done. */
const PAUSE_MS = 300

interface ObservedPage {
  readonly observer: Observer
  readonly firstRow: Promise<Observed>
}

/** From the input that `act` makes to the frame with what is wanted. */
async function untilPainted(page: Page, wanted: Wanted, act: () => Promise<void>): Promise<number> {
  await page.waitForTimeout(PAUSE_MS)
  await page.evaluate((what) => (globalThis as unknown as ObservedPage).observer.await(what), wanted)
  await act()
  const { input, painted } = await page.evaluate(() => (globalThis as unknown as ObservedPage).observer.found())
  return painted - input
}

/** From the start of a reload, served by the service worker, to the frame with the list's first row. */
export async function reloads(page: Page, times: number): Promise<number[]> {
  const results: number[] = []
  for (let at = 0; at < times; at += 1) {
    await page.waitForTimeout(PAUSE_MS)
    await page.reload()
    const { painted } = await page.evaluate(() => (globalThis as unknown as ObservedPage).firstRow)
    const isControlled = await page.evaluate(() => navigator.serviceWorker.controller !== null)
    if (!isControlled) throw new Error('the page came from the network')
    results.push(painted)
  }
  return results
}

export interface Destination {
  readonly name: string
  /** Its last message begins with the name and this number. */
  readonly messages: number
  /** Opens it. Without one, its row is clicked. */
  readonly key?: string
}

/** Opens a conversation. From the key press or the click to the frame with its last message. */
export async function openConversation(page: Page, { name, messages, key }: Destination): Promise<number> {
  const row = page.locator('[data-conversation]', { hasText: name }).first()
  // As a pointer does on its way to a click.
  if (key === undefined) await row.hover()
  const act = () => (key === undefined ? row.click() : page.keyboard.press(key))
  return untilPainted(page, { selector: MESSAGES, text: `${name} ${messages}` }, act)
}

export async function openConversations(page: Page, destinations: readonly Destination[]): Promise<number[]> {
  const results: number[] = []
  for (const destination of destinations) results.push(await openConversation(page, destination))
  return results
}

/** From Enter to the frame with the own message. */
export async function echoes(page: Page, times: number): Promise<number[]> {
  const results: number[] = []
  // No message says what an earlier one did.
  const startedAt = Date.now()
  for (let at = 1; at <= times; at += 1) {
    const text = `Number ${at} of those measured at ${startedAt}.`
    await composer(page).fill(text)
    results.push(await untilPainted(page, { selector: MESSAGES, text }, () => composer(page).press('Enter')))
  }
  return results
}

/** The client's own pause in typing, after which it searches: `PAUSE_MS` of `features/search/use-search.ts`. */
export const TYPING_PAUSE_MS = 90

export interface Searches {
  /** Until everything on the device had been read, with the first search. */
  readonly reading: number
  /** From the last change of the field to the frame with what was found, the pause in typing included. */
  readonly times: number[]
}

/** Searches for messages of a long conversation by their numbers, from all over it, each beside a frequent word. */
export async function searches(page: Page, { name, messages }: History, times: number): Promise<Searches> {
  await page.keyboard.press('Control+k')
  const field = page.getByRole('combobox', { name: 'Conversations and messages' })
  const startedAt = performance.now()
  await field.fill('nothing has this')
  await page.getByText('Searched all').waitFor({ timeout: 300_000 })
  const reading = performance.now() - startedAt
  const results: number[] = []
  for (let at = 1; at <= times; at += 1) {
    const number = Math.ceil((at * messages) / (times + 1))
    // Exactly one has it: no other number has it for a part.
    const text = `${name} ${number}`
    await field.fill('')
    await page.locator('[role=option]', { hasText: text }).waitFor({ state: 'detached' })
    results.push(await untilPainted(page, { selector: '[role=option]', text }, () => field.fill(text)))
  }
  await page.keyboard.press('Escape')
  return { reading, times: results }
}
