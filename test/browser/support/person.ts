import type { BrowserContext, Locator, Page } from 'playwright-core'
import type { Network } from './network.ts'

/** How long anything may take that is waited for, on a busy machine. Milliseconds. */
const PATIENCE_MS = 60_000
/** What the browser itself logs of a request that found no network. */
const NETWORK_LOSS = /net::ERR_|ERR_INTERNET_DISCONNECTED/

/** A person at a browser of their own. */
export class Person {
  readonly context: BrowserContext
  readonly network: Network
  /** The tab that is used when none is named: the first, unless a test puts another here. */
  page: Page
  /** What should never be: errors on the console, uncaught ones, violations of the Content-Security-Policy. */
  readonly troubles: readonly string[]
  username = ''

  private constructor(context: BrowserContext, network: Network, page: Page, troubles: readonly string[]) {
    this.context = context
    this.network = network
    this.page = page
    this.troubles = troubles
  }

  static async open(context: BrowserContext, network: Network): Promise<Person> {
    context.setDefaultTimeout(PATIENCE_MS)
    const troubles: string[] = []
    context.on('console', (message) => {
      const text = message.text()
      if (message.type() === 'error' && !NETWORK_LOSS.test(text))
        troubles.push(`console: ${text} (${message.location().url})`)
    })
    context.on('weberror', (error) => troubles.push(`uncaught: ${error.error().stack ?? error.error().message}`))
    await context.exposeFunction('tellViolation', (what: string) => void troubles.push(`policy: ${what}`))
    await context.addInitScript(() => {
      const tell = (globalThis as unknown as { tellViolation: (what: string) => void }).tellViolation
      document.addEventListener('securitypolicyviolation', (event) => {
        tell(`${event.effectiveDirective} ${event.blockedURI} ${event.sample}`)
      })
    })
    const page = await context.newPage()
    await page.goto('/')
    return new Person(context, network, page, troubles)
  }

  /** Through the three steps of onboarding, to the empty list. */
  async register(username: string, name: string): Promise<void> {
    const { page } = this
    this.username = username
    await page.getByLabel('Username').fill(username)
    await page.getByLabel('Your name').fill(name)
    await page.getByRole('button', { name: 'Create account' }).click()
    const lastGroup = await page.getByRole('list', { name: 'Recovery key' }).getByRole('listitem').last().innerText()
    await page.getByRole('button', { name: 'I have saved it' }).click()
    await page.getByLabel('Last group of the key').fill(lastGroup)
    await page.getByRole('button', { name: 'Confirm' }).click()
    await page.getByRole('button', { name: 'Start' }).click()
    await page.getByRole('heading', { level: 1 }).first().waitFor()
  }

  /** Whatever somebody writes for the first time is a conversation at once: for tests of what comes after. At the list, before and after. */
  async acceptStrangers(): Promise<void> {
    const { page } = this
    await page.getByRole('link', { name: 'Settings' }).click()
    await page.getByRole('link', { name: 'Privacy' }).click()
    await page.getByRole('switch', { name: 'Strangers ask first', checked: true }).click()
    await page.getByRole('switch', { name: 'Strangers ask first', checked: false }).waitFor()
    await page.goBack()
    await page.goBack()
    await page.getByRole('link', { name: 'Settings' }).waitFor()
  }

  /** Another tab of the same browser profile, where the first one is. */
  async tab(): Promise<Page> {
    const page = await this.context.newPage()
    await page.goto(this.page.url())
    return page
  }

  /** Opens the conversation with somebody found by username. */
  async find(username: string, page = this.page): Promise<void> {
    await page.goto('/new')
    await page.getByLabel('Username or link').fill(username)
    await page.getByRole('button', { name: 'Open conversation' }).click()
    await composer(page).waitFor()
  }

  /** Opens the conversation from the list. */
  async openChat(name: string, page = this.page): Promise<void> {
    await page.locator('[data-conversation]', { hasText: name }).click()
    await composer(page).waitFor()
  }

  async send(text: string, page = this.page): Promise<void> {
    await composer(page).fill(text)
    await composer(page).press('Enter')
  }

  /** The message with this text, in the open conversation. */
  message(text: string, page = this.page): Locator {
    return page.locator('[data-message]', { hasText: text })
  }

  /** Resolves when the own message shows this state ("Sent", "Delivered", "Read"). */
  async showsState(text: string, state: string, page = this.page): Promise<void> {
    await this.message(text, page).getByTitle(state, { exact: true }).waitFor()
  }

  /** Without a network, as the browser and every worker sees it. */
  async goOffline(): Promise<void> {
    await this.context.setOffline(true)
    this.network.cut()
  }

  async goOnline(): Promise<void> {
    this.network.restore()
    await this.context.setOffline(false)
  }
}

/** Where messages are written. */
export function composer(page: Page): Locator {
  return page.locator('form textarea')
}

/** Texts and notices of the open conversation from its beginning, read while going up from the end: only rows in view exist. */
export async function readTimeline(page: Page): Promise<readonly string[]> {
  return page.locator('[data-timeline]').evaluate(async (timeline) => {
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve))
    const textOf = (message: Element): string => {
      const body = message.cloneNode(true) as Element
      for (const other of body.querySelectorAll('bdi.sr-only, [aria-hidden]')) other.remove()
      body.querySelector('time')?.parentElement?.remove()
      return body.textContent
    }
    const found = new Map<string, string>()
    const isLoading = () => timeline.querySelector('li:not([data-index])') !== null
    const startsHere = () =>
      timeline.querySelector('li[data-index="0"]') !== null && timeline.scrollTop === 0 && !isLoading()
    timeline.scrollTop = timeline.scrollHeight
    for (let still = 0; still < 30; still += 1) {
      // Rows are measured, and older ones come.
      await frame()
      await frame()
      const rows = [...timeline.querySelectorAll<HTMLElement>('li[data-index]')]
      for (const row of rows.sort((a, b) => Number(b.dataset['index']) - Number(a.dataset['index']))) {
        const message = row.querySelector<HTMLElement>('[data-message]')
        // Besides messages only notices (something was lost, a key changed) have a time.
        if (message === null && row.querySelector('time') === null) continue
        const id = message?.dataset['message'] ?? row.textContent
        if (!found.has(id)) found.set(id, message === null ? row.textContent : textOf(message))
      }
      if (!startsHere()) still = 0
      timeline.scrollTop -= timeline.clientHeight / 2
    }
    timeline.scrollTop = timeline.scrollHeight
    return [...found.values()].toReversed()
  })
}

/** "what 01", "what 02", …: no text is part of another. */
export function numbered(what: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `${what} ${String(index + 1).padStart(2, '0')}`)
}
