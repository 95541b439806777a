import type { Browser, BrowserContext, Page } from 'playwright-core'
import type { Screen } from './screens/screen.ts'

/** What the seeded times are counted back from, and what the pages take for the present: a Thursday morning. */
export const NOW = Date.UTC(2026, 2, 12, 9, 41)

export const DESKTOP = { width: 1280, height: 800 } as const
export const PHONE = { width: 390, height: 844 } as const

/** Where the client keeps how it looks: `client/web/state/appearance.ts`. */
const APPEARANCE_KEY = 'silentrelay.appearance'

export type Theme = 'light' | 'dark'

/** A page that shows one screen after the other. */
export class Gallery {
  readonly page: Page
  /** What should never be: errors on the console, uncaught ones, violations of the Content-Security-Policy. */
  readonly troubles: string[] = []
  readonly #context: BrowserContext
  /** The query that the present page was loaded with: it says in which state the seeded engine began. */
  #loaded: string | undefined

  private constructor(context: BrowserContext, page: Page) {
    this.#context = context
    this.page = page
    page.on('console', (message) => {
      if (message.type() === 'error') this.troubles.push(`console: ${message.text()}`)
    })
    page.on('pageerror', (error) => this.troubles.push(`uncaught: ${error.stack ?? error.message}`))
  }

  static async open(browser: Browser, baseURL: string, viewport: typeof DESKTOP | typeof PHONE): Promise<Gallery> {
    const context = await browser.newContext({
      baseURL,
      viewport,
      hasTouch: viewport === PHONE,
      locale: 'en-GB',
      timezoneId: 'UTC',
      reducedMotion: 'reduce',
      serviceWorkers: 'block',
    })
    context.setDefaultTimeout(20_000)
    await context.addInitScript(beginAt, NOW)
    const page = await context.newPage()
    return new Gallery(context, page)
  }

  /** Resolves when the screen is there and stands still. */
  async show({ url, prepare, ready }: Screen): Promise<void> {
    if (url !== undefined) {
      const { pathname, search } = new URL(url, 'http://localhost')
      if (this.#loaded === search) await this.#go(pathname)
      else await this.#load(pathname, search)
      this.#loaded = search
    }
    await prepare?.(this.page)
    await this.page.locator(ready).first().waitFor()
    await this.still()
  }

  /** What of the page and its overlays is cut off at a side of the window, as `role from left to right`: a fixed overlay makes no page wider.
   * Not menus: one that was opened at the pointer stays there when the window is resized. */
  sticksOut(): Promise<string[]> {
    return this.page.evaluate(() => {
      const { clientWidth, scrollWidth } = document.documentElement
      const cut = [...document.querySelectorAll('main, [role=dialog], [role=alertdialog]')].flatMap((one) => {
        const { left, right } = one.getBoundingClientRect()
        const role = one.getAttribute('role') ?? one.localName
        return left < -1 || right > clientWidth + 1 ? [`${role} from ${left} to ${right}`] : []
      })
      return scrollWidth > clientWidth ? [...cut, `page of ${scrollWidth}`] : cut
    })
  }

  async theme(colorScheme: Theme): Promise<void> {
    await this.page.emulateMedia({ colorScheme })
    await this.still()
  }

  /** The screen that is shown, in another language, with whatever is open in it. Screens are gone to in English. */
  async language(language: string): Promise<void> {
    await this.page.evaluate(
      ([key, chosen]) => {
        const newValue = JSON.stringify({ language: chosen })
        localStorage.setItem(key, newValue)
        // As another tab of the browser would.
        dispatchEvent(new StorageEvent('storage', { key, newValue }))
      },
      [APPEARANCE_KEY, language] as const,
    )
    await this.page.locator(`html[lang=${language}]`).waitFor({ state: 'attached' })
    await this.still()
  }

  /** The screen that is shown, in another window, with whatever is open in it. */
  async resize(viewport: typeof DESKTOP | typeof PHONE): Promise<void> {
    await this.page.setViewportSize(viewport)
    await this.still()
  }

  /** Resolves when fonts are there, and no animation runs, and nothing moved for a few frames. */
  async still(): Promise<void> {
    await this.page.evaluate(async () => {
      const frame = () => new Promise((resolve) => requestAnimationFrame(resolve))
      await document.fonts.ready
      const running = () =>
        document.getAnimations().filter((animation) => animation.effect?.getComputedTiming().endTime !== Infinity)
      await Promise.all(running().map((animation) => animation.finished.catch(() => undefined)))
      const places = () =>
        [...document.querySelectorAll('li, h1, [role]')].map((one) => one.getBoundingClientRect().top)
      for (let still = 0, before = ''; still < 3;) {
        await frame()
        const now = String(places())
        still = now === before ? still + 1 : 0
        before = now
      }
    })
  }

  close(): Promise<void> {
    return this.#context.close()
  }

  async #load(pathname: string, search: string): Promise<void> {
    const query = new URLSearchParams(search)
    query.set('now', String(NOW))
    query.set('quiet', '')
    await this.page.goto(`${pathname}?${query.toString()}`)
  }

  /** By way of another screen, so that nothing of the one before is left (open dialogs, a search). */
  async #go(pathname: string): Promise<void> {
    const overlay = this.page.locator('[role=dialog], [role=menu]')
    while ((await overlay.count()) > 0) {
      await this.page.keyboard.press('Escape')
      await overlay.first().waitFor({ state: 'detached' })
    }
    const push = (path: string) => this.page.evaluate((to) => history.pushState({}, '', to), path)
    const [between, heading] = pathname.startsWith('/settings')
      ? ['/new', 'New conversation']
      : ['/settings', 'Settings']
    await push(between)
    await this.page.getByRole('heading', { level: 1, name: heading }).waitFor()
    await push(pathname)
  }
}

/** Time begins then with every load, and goes on. (A clock that stands still keeps the router from going on.) */
function beginAt(begin: number): void {
  const Real = Date
  const shift = begin - Real.now()
  globalThis.Date = new Proxy(Real, {
    construct: (target, given) => Reflect.construct(target, given.length === 0 ? [Real.now() + shift] : given) as Date,
    get: (target, key) => (key === 'now' ? () => Real.now() + shift : (Reflect.get(target, key) as unknown)),
  })
}
