import type { Page } from 'playwright-core'

/** Presses of Tab in which everything on a screen can be reached. */
const BOUND = 60

/** A person without a pointer: keys, and what has the focus. */
export class Keys {
  /** Where Tab led and nothing showed it. */
  readonly unseen = new Set<string>()
  readonly #page: Page

  constructor(page: Page) {
    this.#page = page
  }

  async press(...keys: readonly string[]): Promise<void> {
    for (const key of keys) await this.#page.keyboard.press(key)
  }

  /** Presses a key until the focus is where it leads, as a hand does: the radio buttons look whether the arrow is still down then. */
  async hold(key: string, target: string): Promise<void> {
    await this.#page.keyboard.down(key)
    await this.rests(target)
    await this.#page.keyboard.up(key)
  }

  async type(text: string): Promise<void> {
    await this.#page.keyboard.type(text)
  }

  /** What has the focus, by role and name, as a screen reader has it: `button "Send"`. `nothing` when it is lost. */
  async focused(): Promise<string> {
    const focused = this.#page.locator(':focus')
    if ((await focused.count()) === 0) return 'nothing'
    const [first = ''] = (await focused.ariaSnapshot()).split('\n')
    return /^- ('?)(\w+(?: "(?:[^"\\]|\\.)*")?)/.exec(first)?.[2] ?? first
  }

  /** Presses Tab (or Shift+Tab) until what has the focus begins so. */
  async tabTo(target: string, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> {
    const passed: string[] = []
    while (passed.length < BOUND) {
      await this.press(key)
      const present = await this.focused()
      // After the last and before the first comes the browser itself.
      if (present !== 'nothing' && !(await this.#isSeen())) this.unseen.add(present)
      if (present.startsWith(target)) return
      passed.push(present)
    }
    throw new Error(`${key} did not lead to ${target}, but to:\n${passed.join('\n')}`)
  }

  /** Resolves when what has the focus begins so. */
  async rests(target: string): Promise<void> {
    let present = ''
    for (let looks = 0; looks < 100; looks += 1) {
      present = await this.focused()
      if (present.startsWith(target)) return
      await this.#page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 100)))
    }
    throw new Error(`${present} has the focus, not ${target}`)
  }

  /** Whether there is an outline around what has the focus, or around the field that it is in. */
  #isSeen(): Promise<boolean> {
    return this.#page.evaluate(() => {
      for (let element = document.activeElement; element !== null && element !== document.body;) {
        const { outlineStyle, outlineWidth, outlineColor } = getComputedStyle(element)
        const transparent = /^transparent$|, 0\)$|\/ 0\)$/.test(outlineColor)
        if (outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 2 && !transparent) return true
        element = element.matches(':focus-within:not(main, section)') ? element.parentElement : null
      }
      return false
    })
  }
}
