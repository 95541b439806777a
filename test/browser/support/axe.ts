import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from 'playwright-core'

const COLOUR_RULES = ['color-contrast', 'link-in-text-block']

/**
 * What axe finds on the page as it is now, as `rule: element` lines: by every rule, by those about colour
 * alone, or by all others.
 * A menu hides the page from everybody while it is open, so that nothing but the menu is there to be looked at.
 */
export async function violations(
  page: Page,
  { colour = 'too' }: { colour?: 'too' | 'only' | 'not' } = {},
): Promise<readonly string[]> {
  const loaded = await page.evaluate(() => 'axe' in globalThis)
  // Its half megabyte is compiled once for each page, not once for each look; in this page, without another one beside.
  const axe = new AxeBuilder({ page, ...(loaded ? { axeSource: '0' } : {}) }).setLegacyMode()
  axe.options({ resultTypes: ['violations'], selectors: false })
  if (colour === 'only') axe.withRules(COLOUR_RULES)
  if (colour === 'not') axe.disableRules(COLOUR_RULES)
  // The list beside a pane has been looked at by itself.
  if (new URL(page.url()).pathname !== '/') axe.exclude('[data-list]')
  if ((await page.locator('[role=menu]').count()) > 0) axe.include('[role=menu]')
  // A tooltip belongs to its control, wherever in the document it floats: it is in no landmark of its own.
  axe.exclude('[data-radix-popper-content-wrapper]:has([role=tooltip])')
  const found = (await axe.analyze()).violations
  if (!loaded) await page.evaluate(rememberColours)
  return found.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`))
}

interface Colour {
  r: number
  g: number
  b: number
  alpha: number
  parseString(text: string): Colour
}

/** axe works out the colour that a text stands for anew for each element, the longest part of what it does: here, once in a page. */
function rememberColours(): void {
  interface Axe {
    readonly commons: {
      readonly color: { readonly Color: { new (other: Colour): Colour; readonly prototype: Colour } }
    }
  }
  const { Color } = (globalThis as unknown as { readonly axe: Axe }).axe.commons.color
  const parse = Object.getOwnPropertyDescriptor(Color.prototype, 'parseString')?.value as Colour['parseString']
  const known = new Map<string, Colour>()
  Color.prototype.parseString = function (this: Colour, text: string): Colour {
    const before = known.get(text)
    if (before === undefined) {
      parse.call(this, text)
      known.set(text, new Color(this))
      return this
    }
    this.r = before.r
    this.g = before.g
    this.b = before.b
    this.alpha = before.alpha
    return this
  }
}
