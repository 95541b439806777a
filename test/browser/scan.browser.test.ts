import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { encode } from 'uqr'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { DESKTOP, Gallery } from './support/gallery.ts'
import { chat } from './support/screens/screen.ts'
import { SingleScreens } from './support/single-screens.ts'
import { launch } from './support/stage.ts'

/** What the camera sees. */
const [WIDTH, HEIGHT] = [640, 480]

/** Accounts of the seeded engine: this one, and a contact that is not verified. */
const [OWN, CONTACT] = [idOf('self'), idOf('states')]

let folder: string
let picture: string
let served: SingleScreens
let browser: Browser
let gallery: Gallery

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'silentrelay-camera-'))
  picture = join(folder, 'picture.y4m')
  ;[served, browser] = await Promise.all([
    SingleScreens.serve(),
    launch([
      '--use-fake-device-for-media-stream',
      '--use-fake-ui-for-media-stream',
      `--use-file-for-fake-video-capture=${picture}`,
    ]),
  ])
  gallery = await Gallery.open(browser, served.url, DESKTOP)
})

afterAll(async () => {
  await browser?.close()
  served?.close()
  await rm(folder, { recursive: true, force: true })
})

function idOf(key: string): string {
  return chat(key).slice('/c/'.length)
}

/** What the safety number's code says on the screen of one account, for the other. */
function codeOf(shownBy: string, shownTo: string, number: readonly string[]): string {
  return `silentrelay-safety:1:${shownBy}:${shownTo}:${number.join('')}`
}

/** Holds a code before the camera, `size` pixels of it high. */
async function hold(text: string, size: number): Promise<void> {
  const { data, size: modules } = encode(text, { ecc: 'M', border: 4 })
  const luma = Buffer.alloc(WIDTH * HEIGHT, 255)
  const [left, top] = [(WIDTH - size) / 2, (HEIGHT - size) / 2]
  for (let y = 0; y < size; y += 1) {
    for (let x = 0; x < size; x += 1) {
      const isDark = data[Math.floor((y * modules) / size)]?.[Math.floor((x * modules) / size)] === true
      if (isDark) luma[(top + y) * WIDTH + left + x] = 0
    }
  }
  const frame = Buffer.concat([Buffer.from('FRAME\n'), luma, Buffer.alloc((WIDTH * HEIGHT) / 2, 128)])
  await writeFile(picture, Buffer.concat([Buffer.from(`YUV4MPEG2 W${WIDTH} H${HEIGHT} F10:1 C420\n`), frame, frame]))
}

async function scan(page: Page): Promise<void> {
  await page.getByRole('tab', { name: 'Scan' }).click()
  await page.getByRole('button', { name: 'Turn on the camera' }).click()
}

it('a safety number is verified by the code on the other screen, held into the frame', async () => {
  const { page } = gallery
  await page.goto(`${chat('states')}/safety`)
  const groups = page.getByRole('list', { name: 'Safety number' }).getByRole('listitem')
  await groups.last().waitFor()
  const number = await groups.allInnerTexts()
  // Shown by the contact, to this side.
  await hold(codeOf(CONTACT, OWN, number), 400)
  await scan(page)
  await page.getByRole('heading', { name: 'The numbers match' }).waitFor()
  await page.getByRole('button', { name: 'Mark as verified' }).waitFor()
})

it('a number that differs is an alarm, and the own code a mistake', async () => {
  const { page } = gallery
  const number = Array.from({ length: 12 }, () => '00000')
  await page.goto(`${chat('states')}/safety`)
  await hold(codeOf(CONTACT, OWN, number), 300)
  await scan(page)
  await page.getByRole('heading', { name: 'The numbers do not match' }).waitFor()
  await page.goto(`${chat('states')}/safety`)
  await hold(codeOf(OWN, CONTACT, number), 300)
  await scan(page)
  await page.getByText('This is your own code').waitFor()
  expect(gallery.troubles).toEqual([])
})
