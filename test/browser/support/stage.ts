import chromium from '@sparticuz/chromium'
import { type Browser, type BrowserContextOptions, chromium as playwright } from 'playwright-core'
import { TestSystem } from '#test/support/system.ts'
import { uniqueName } from '#test/support/people.ts'
import { Network } from './network.ts'
import { Person } from './person.ts'

/** Made for a function that serves one page and ends: one process, and no headless mode of Chromium's own. */
const UNWANTED = ['--single-process', '--headless']

export async function launch(): Promise<Browser> {
  const args = chromium.args.filter((arg) => !UNWANTED.some((unwanted) => arg.startsWith(unwanted)))
  return playwright.launch({
    executablePath: await chromium.executablePath(),
    args: [...args, '--no-sandbox', '--disable-background-networking', '--disable-component-update'],
  })
}

export interface Profile extends BrowserContextOptions {
  /** False: as in browsers that have none, one of the tabs runs the engine. */
  sharedWorker?: boolean
}

/** A relay of its own and a browser, with people in it. One for each test file. */
export class Stage {
  readonly system: TestSystem
  readonly browser: Browser
  readonly #networks: Network[] = []

  private constructor(system: TestSystem, browser: Browser) {
    this.system = system
    this.browser = browser
  }

  static async open(): Promise<Stage> {
    const [system, browser] = await Promise.all([TestSystem.start(), launch()])
    return new Stage(system, browser)
  }

  /** A browser profile of its own, on the first screen. */
  async visitor({ sharedWorker = true, ...options }: Profile = {}): Promise<Person> {
    const network = await Network.open(this.system.url)
    this.#networks.push(network)
    const context = await this.browser.newContext({
      baseURL: this.system.url,
      // Chromium goes to the own machine past a proxy, unless told not to.
      proxy: { server: network.proxy, bypass: '<-loopback>' },
      reducedMotion: 'reduce',
      ...options,
    })
    if (!sharedWorker) await context.addInitScript(() => Reflect.deleteProperty(globalThis, 'SharedWorker'))
    return Person.open(context, network)
  }

  /** Somebody who went through onboarding. The username begins with the name. */
  async person(name: string, options: Profile = {}): Promise<Person> {
    const person = await this.visitor(options)
    await person.register(uniqueName(name), name)
    return person
  }

  async close(): Promise<void> {
    await this.browser.close()
    for (const network of this.#networks) network.close()
    await this.system.stop()
  }
}
