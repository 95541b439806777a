import chromium from '@sparticuz/chromium'
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium as playwright } from 'playwright-core'
import { TestSystem, type TestSystemOptions } from '#test/support/system.ts'
import { uniqueName } from '#test/support/people.ts'
import { Network } from './network.ts'
import { Person } from './person.ts'

/**
 * Made for a function that serves one page and ends: one process, no headless mode of Chromium's own, rules of the web
 * turned off, and a graphics processor that is imitated: drawing without one takes a seventh of the time.
 */
const UNWANTED = [
  '--single-process',
  '--headless',
  '--disable-web-security',
  '--allow-running-insecure-content',
  '--in-process-gpu',
  '--use-gl',
  '--use-angle',
  '--enable-unsafe-swiftshader',
  '--ignore-gpu-blocklist',
]

/** @param more switches of Chromium's, beside those that every test has */
export async function launch(more: readonly string[] = []): Promise<Browser> {
  const args = chromium.args.filter((arg) => !UNWANTED.some((unwanted) => arg.startsWith(unwanted)))
  return playwright.launch({
    executablePath: await chromium.executablePath(),
    args: [
      ...args,
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      ...more,
    ],
  })
}

export interface Profile extends BrowserContextOptions {
  /** Whether strangers ask first, as is the default. Not in tests that are about something else. */
  strangersAsk?: boolean
  /** False: as in browsers that have none, one of the tabs runs the engine. */
  sharedWorker?: boolean
  /** What the relay is called, in place of its address: passkeys belong to names. */
  host?: string
}

/** A relay and a browser, with people in it. One for each test file. */
export class Stage {
  /** Of the relay. */
  readonly url: string
  readonly browser: Browser
  readonly #contexts: BrowserContext[] = []
  readonly #networks: Network[] = []

  protected constructor(url: string, browser: Browser) {
    this.url = url
    this.browser = browser
  }

  /** On a relay that runs, in a browser that others use too. */
  static on(url: string, browser: Browser): Stage {
    return new Stage(url, browser)
  }

  /** A browser profile of its own, on the first screen. */
  async visitor({ sharedWorker = true, host, ...options }: Profile = {}): Promise<Person> {
    const url = new URL(this.url)
    url.hostname = host ?? url.hostname
    const network = await Network.open(url.href)
    this.#networks.push(network)
    const context = await this.browser.newContext({
      baseURL: url.origin,
      // Chromium goes to the own machine past a proxy, unless told not to.
      proxy: { server: network.proxy, bypass: '<-loopback>' },
      reducedMotion: 'reduce',
      ...options,
    })
    this.#contexts.push(context)
    if (!sharedWorker) await context.addInitScript(() => Reflect.deleteProperty(globalThis, 'SharedWorker'))
    return Person.open(context, network)
  }

  /** Somebody who went through onboarding. The username begins with the name. */
  async person(name: string, { strangersAsk = false, ...options }: Profile = {}): Promise<Person> {
    const person = await this.visitor(options)
    await person.register(uniqueName(name), name)
    if (!strangersAsk) await person.acceptStrangers()
    return person
  }

  /** Everybody leaves. */
  async close(): Promise<void> {
    await Promise.all(this.#contexts.map((context) => context.close()))
    for (const network of this.#networks) network.close()
  }
}

/** A stage with a relay of its own, which may be broken. */
export class OwnStage extends Stage {
  readonly system: TestSystem

  private constructor(system: TestSystem, browser: Browser) {
    super(system.url, browser)
    this.system = system
  }

  static async open(browser: Promise<Browser>, options: TestSystemOptions = {}): Promise<OwnStage> {
    const [system, ready] = await Promise.all([TestSystem.start(options), browser])
    return new OwnStage(system, ready)
  }

  override async close(): Promise<void> {
    await super.close()
    await this.system.stop()
  }
}
