/**
 * `npm run screenshots`: pictures of the web client with its seeded engine, at a fixed time. The README's own go into
 * `docs/images/`, one of every screen (those that axe looks at) into `docs/images/screens/`, which git does not keep. `--language ar` takes those alone, in
 * that language.
 */

import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Page } from 'playwright-core'
import sharp from 'sharp'
import { DESKTOP, Gallery, PHONE, type Theme } from '#test/browser/support/gallery.ts'
import { SCREENS } from '#test/browser/support/screens.ts'
import { chat, MESSAGE, type Screen } from '#test/browser/support/screens/screen.ts'
import { SingleScreens } from '#test/browser/support/single-screens.ts'
import { launch } from '#test/browser/support/stage.ts'
import { ROOT } from './lib/folders.ts'

const IMAGES = join(ROOT, 'docs/images')
const SIZES = { wide: DESKTOP, narrow: PHONE } as const
const THEMES: readonly Theme[] = ['light', 'dark']

const CHAT: Screen = { name: 'chat', url: `${chat('alice')}?showcase`, ready: MESSAGE }
const SAFETY: Screen = {
  name: 'safety-number',
  url: `${chat('alice')}/safety?showcase`,
  ready: 'role=list[name="Safety number"]',
}
const OF_README = [
  { file: 'chat-light.png', screen: CHAT, size: DESKTOP, theme: 'light' },
  { file: 'chat-phone-dark.png', screen: CHAT, size: PHONE, theme: 'dark' },
  { file: 'safety-number-light.png', screen: SAFETY, size: DESKTOP, theme: 'light' },
] as const

/** Without what a pointer that lies somewhere, or a caret that blinks, would add. In 256 colours: a third of the size. */
async function take(page: Page, file: string): Promise<void> {
  await page.mouse.move(0, 0)
  await sharp(await page.screenshot({ caret: 'hide' }))
    .png({ palette: true, effort: 10 })
    .toFile(file)
}

const { language } = parseArgs({ options: { language: { type: 'string' } } }).values

const served = await SingleScreens.serve(() => process.stdout.write('Building the web client…\n'))
const browser = await launch()
try {
  for (const { file, screen, size, theme } of language === undefined ? OF_README : []) {
    const gallery = await Gallery.open(browser, served.url, size)
    await gallery.theme(theme)
    await gallery.show(screen)
    await take(gallery.page, join(IMAGES, file))
    await gallery.close()
    process.stdout.write(`${file}\n`)
  }
  for (const [width, size] of Object.entries(SIZES)) {
    const gallery = await Gallery.open(browser, served.url, size)
    const folder = (theme: Theme) =>
      join(IMAGES, 'screens', [width, theme, ...(language === undefined ? [] : [language])].join('-'))
    for (const theme of THEMES) await mkdir(folder(theme), { recursive: true })
    for (const screen of SCREENS) {
      await gallery.show(screen)
      if (language !== undefined) await gallery.language(language)
      for (const theme of THEMES) {
        await gallery.theme(theme)
        await take(gallery.page, join(folder(theme), `${screen.name}.png`))
      }
      if (language !== undefined) await gallery.language('en')
      process.stdout.write(`${screen.name}, ${width}\n`)
    }
    await gallery.close()
  }
} finally {
  await browser.close()
  served.close()
}
