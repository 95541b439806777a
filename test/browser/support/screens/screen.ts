import type { Page } from 'playwright-core'
import { toBase64url, utf8 } from '#protocol/bytes.ts'

/** One state of the interface, in the build with the seeded engine (client/web/testing/). */
export interface Screen {
  readonly name: string
  /** Its query is the state the engine begins in. Absent: it goes on from the screen before. */
  readonly url?: string
  /** From there to what is shown. */
  readonly prepare?: (page: Page) => Promise<unknown>
  /** The selector of what tells that it is there. */
  readonly ready: string
}

/** The seeded conversation's address: ids are the seed's key in 16 octets, as client/web/testing/fake-conversations.ts makes them. */
export function chat(key: string): string {
  const octets = new Uint8Array(16)
  octets.set(utf8(key))
  return `/c/${toBase64url(octets)}`
}

export const MESSAGE = '[data-timeline] [data-message]'
export const MENU = 'role=menu'
export const DIALOG = 'role=dialog'
export const composer = (page: Page) => page.locator('form textarea')
export const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click()
export const tab = (name: string) => (page: Page) => page.getByRole('tab', { name }).click()
export const menuOf = (page: Page, selector: string) => page.locator(selector).last().click({ button: 'right' })
